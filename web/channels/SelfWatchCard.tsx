import { ports } from '../ports';
import { selfWatch as words } from '../text/selfWatch';
import { shell } from '../text/shell';
import { Card } from '../ui/card';
import { Badge } from '../ui/icons';
import { Ago } from '../ui/time';
import { span, took } from '../ui/times';
import { useQuery } from '../useQuery';

/** A walk has no event, so this is polled. */
const EVERY_MS = 30_000;
const TONES = { off: undefined, waiting: undefined, passing: 'on', failing: 'bad' } as const;

/** The self-watch: its state, its last pass, and the heartbeat that it sends outward. */
export function SelfWatchCard() {
  const { value: of } = useQuery('self-watch', () => ports.gateway.selfWatch({}), {
    modules: ['gateway'],
    by: ({ kind }) => kind.startsWith('self_watch.'),
    everyMs: EVERY_MS,
  });
  if (of === undefined) return null;
  const { configured, last_at, failure } = of.heartbeat;
  return (
    <Card title={words.title}>
      <div class="pad stack">
        <p class="small muted">{words.text}</p>
        <dl class="facts small">
          <dt>{words.stateOf}</dt>
          <dd>
            <Badge tone={TONES[of.state]}>{words.state[of.state]}</Badge>{' '}
            <span class="muted">{of.state === 'off' ? words.offHint : words.every(span(of.every_seconds))}</span>
          </dd>
          {of.state === 'failing' && (
            <>
              <dt>{words.stuck}</dt>
              <dd>{of.stuck_at === null ? words.unknown : shell.modules[of.stuck_at]}</dd>
            </>
          )}
          <dt>{words.last}</dt>
          <dd>
            {of.last_passed_at === null ? (
              words.none
            ) : (
              <>
                <Ago at={of.last_passed_at} /> {of.last_duration_ms !== null && words.took(took(of.last_duration_ms))}
              </>
            )}
          </dd>
          <dt>{words.heartbeat}</dt>
          <dd>
            {!configured && <span class="muted">{words.notSet}</span>}
            {configured && (last_at === null ? words.notSent : <Ago at={last_at} />)}
            {configured && failure !== null && (
              <>
                {' '}
                <Badge tone="bad">{words.refused(failure)}</Badge>
              </>
            )}
          </dd>
        </dl>
      </div>
    </Card>
  );
}
