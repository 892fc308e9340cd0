import { useSignal } from '@preact/signals';
import type { Incident } from '../../src/incidents/contract';
import { lazyPart } from '../lazy';
import { isLive } from '../live/connection';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { incidents as words } from '../text/incidents';
import { parts } from '../text/parts';
import { shell } from '../text/shell';
import { Button } from '../ui/button';
import { Icon } from '../ui/icons';
import { useQuery } from '../useQuery';
import { hrefOfIncident, titleOf } from './cells';

const Reassign = lazyPart(() => import('./dialogs').then(({ Reassign: part }) => part));
const SetOwner = lazyPart(() => import('../services/SetOwner').then(({ SetOwner: part }) => part));

/** The number of rows in the banner; further incidents are counted. */
const ROWS = 3;
const ASKED = 100;
const QUESTION = {
  status: 'open,acknowledged,in_progress',
  severity: 'critical,high',
  reach: 'no_one',
  sort: 'urgency',
  per_page: ASKED,
} as const;
const TOUCHED = { modules: ['incidents'] } as const;

/** Unresolved critical and high incidents whose pages reached no one, the worst first, with what to do about each. */
export function NoOneBanner() {
  const asked = useQuery('reached no one', () => ports.incidents.list(QUESTION), TOUCHED);
  const open = useSignal<{ dialog: 'assign' | 'owner'; of: Incident } | null>(null);
  const incidents = asked.value?.incidents ?? [];
  const total = asked.value?.total ?? 0;
  const close = () => {
    open.value = null;
    void asked.again();
  };
  return (
    <>
      {incidents.length > 0 && (
        <section class="banner bad no-one" aria-label={titleOfBanner(incidents, total)}>
          <Icon name="warn" />
          <p role="alert">
            <strong>{titleOfBanner(incidents, total)}</strong>
          </p>
          {total > ROWS && <a href="/incidents?status=unresolved">{words.noOne.more}</a>}
          <ul>
            {incidents.slice(0, ROWS).map((incident) => (
              <Row
                key={incident.id}
                of={incident}
                onAssign={() => (open.value = { dialog: 'assign', of: incident })}
                onOwner={() => (open.value = { dialog: 'owner', of: incident })}
              />
            ))}
          </ul>
        </section>
      )}
      {open.value?.dialog === 'assign' && <Reassign of={open.value.of} onClose={close} />}
      {open.value?.dialog === 'owner' && (
        <SetOwner service={open.value.of.service} team={open.value.of.team} onClose={close} />
      )}
    </>
  );
}

/** The counted severities, as a text. */
function titleOfBanner(incidents: readonly Incident[], total: number): string {
  if (total > incidents.length) return words.noOne.many(total);
  const critical = incidents.filter(({ severity }) => severity === 'critical').length;
  return words.noOne.title(critical, incidents.length - critical);
}

interface RowProps {
  of: Incident;
  onAssign(): void;
  onOwner(): void;
}

const Row = ({ of, onAssign, onOwner }: RowProps) => (
  <li>
    <span class="what">
      <a href={hrefOfIncident(of.id)}>{titleOf(of)}</a>
      <span class="small second">
        {parts.severity[of.severity]} · {of.service}
      </span>
    </span>
    {mayAsk('incidents', 'update') && (
      <Button small disabled={!isLive.value && shell.waits} onClick={onAssign}>
        {words.noOne.assign}
      </Button>
    )}
    {mayAsk('oncall', 'setService') && (
      <Button small disabled={!isLive.value && shell.waits} onClick={onOwner}>
        {words.noOne.setOwner}
      </Button>
    )}
  </li>
);
