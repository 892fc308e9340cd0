import { type Ports, ports } from '../ports';
import { home } from '../text/home';
import { count } from '../text/parts';
import { shell } from '../text/shell';
import { Card } from '../ui/card';
import { Badge } from '../ui/icons';
import { span, took } from '../ui/times';
import { useQuery } from '../useQuery';

const { platform: words } = home;
type Told = Awaited<ReturnType<Ports['gateway']['platform']>>;
type Module = Told['modules'][number];

/** A waiting job has no event, so this is polled. */
const EVERY_MS = 30_000;
/** A job may be this late before the page shows it. */
const LATE_S = 30;

/** The health of the product: its modules, their jobs, and the deliveries of the last day. */
export function Platform() {
  const asked = useQuery('platform', () => ports.gateway.platform({}), {
    modules: ['gateway', 'notify'],
    by: ({ module, kind }) => module === 'gateway' || /failed|cancelled/.test(kind),
    everyMs: EVERY_MS,
  });
  const of = asked.value;
  if (!of) return null;
  const up = of.modules.filter(({ status }) => status === 'up').length;
  return (
    <Card
      title={words.title}
      end={<span class={`live ${up < of.modules.length ? 'stale' : ''}`}>{words.answers(up, of.modules.length)}</span>}
    >
      <div class="pad stack">
        <dl class="facts small">
          {of.modules.map((module) => (
            <>
              <dt>{shell.modules[module.module]}</dt>
              <dd>
                <ModuleState of={module} />
              </dd>
            </>
          ))}
          <dt>{words.deliveries}</dt>
          <dd>
            <Deliveries of={of.deliveries} />
          </dd>
          <dt>{words.stream}</dt>
          <dd>{words.listeners(of.stream.open)}</dd>
        </dl>
        <p class="small muted">{words.version(of.version, span(of.uptime_seconds - (of.uptime_seconds % 60)))}</p>
      </div>
    </Card>
  );
}

function ModuleState({ of: { reason, standing } }: { of: Module }) {
  if (standing === null) {
    return (
      <>
        <Badge tone="warn">{words.down}</Badge> <span class="second">{reason}</span>
      </>
    );
  }
  const { due, oldest_due_seconds, given_up } = standing.jobs;
  return (
    <>
      {words.up}
      {oldest_due_seconds >= LATE_S && (
        <>
          {' '}
          <Badge tone="warn">{words.late(due, span(oldest_due_seconds))}</Badge>
        </>
      )}
      {given_up > 0 && (
        <>
          {' '}
          <Badge tone="warn">{words.givenUp(given_up)}</Badge>
        </>
      )}
    </>
  );
}

function Deliveries({ of }: { of: Told['deliveries'] }) {
  if (of === null) return <span class="muted">{words.unknown}</span>;
  if (of.delivered + of.failed === 0) return <span class="muted">{words.noDeliveries}</span>;
  return (
    <a class="plain" href={`/notifications?from=${encodeURIComponent(of.since)}`}>
      {words.delivered(count(of.delivered))}
      {of.median_seconds !== null && <span class="muted"> {words.median(took(1_000 * of.median_seconds))}</span>}
      {of.failed > 0 && (
        <>
          {' '}
          <Badge tone="bad">{words.failed(of.failed)}</Badge>
        </>
      )}
    </a>
  );
}
