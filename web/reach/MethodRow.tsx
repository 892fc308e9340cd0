import type { ComponentChildren } from 'preact';
import { reasonOf } from '../notify/delivery';
import { reach as words } from '../text/reach';
import { Badge } from '../ui/icons';
import { Ago } from '../ui/time';
import { when } from '../ui/times';
import type { Method } from './methods';
import './reach.css';

const TONES = { unverified: 'warn', verified: 'on', failing: 'bad', disabled: undefined } as const;

/** One contact method: its address, its state, and when it last reached its owner. */
export const MethodRow = ({ of, children }: { of: Method; children?: ComponentChildren }) => (
  <li>
    <div class="grow">
      <div class="row wrap">
        <strong>{of.label || words.channelOf(of.channel)}</strong>
        <Badge tone={TONES[of.state]}>{words.state[of.state]}</Badge>
      </div>
      <div class="small second dots">
        {of.label !== '' && <span>{words.channelOf(of.channel)}</span>}
        <span class="mono">{of.address}</span>
      </div>
      <div class="small muted dots">
        {of.unusable_because !== null && <span>{words.unusable[of.unusable_because]}</span>}
        {of.on_failure_since !== null && (
          <span>{words.failing(when(of.on_failure_since), reasonOf(of.last_error ?? ''))}</span>
        )}
        {of.last_delivered_at === null ? (
          <span>{words.never}</span>
        ) : (
          <span>
            {words.delivered} <Ago at={of.last_delivered_at} />
          </span>
        )}
        {of.last_answered_at !== null && (
          <span>
            {words.answered} <Ago at={of.last_answered_at} />
          </span>
        )}
      </div>
    </div>
    {children}
  </li>
);
