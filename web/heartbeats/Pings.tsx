import { useState } from 'preact/hooks';
import { ProblemBanner } from '../live/problems';
import { type Ports, ports } from '../ports';
import { mayAsk } from '../session';
import { heartbeats } from '../text/heartbeats';
import { Button } from '../ui/button';
import { Card, Skeleton } from '../ui/card';
import { Badge } from '../ui/icons';
import { Ago } from '../ui/time';
import { took } from '../ui/times';
import { useQuery } from '../useQuery';
import { type Run, RunTimes } from './marks';
import { type Heartbeat, TOUCHED } from './view';

const { page: words } = heartbeats;

type Ping = Awaited<ReturnType<Ports['alerts']['heartbeatPings']>>['pings'][number];

const RUNS_SHOWN = 50;
/** So many pings are shown until the viewer asks for all. */
const SHOWN_FIRST = 10;
const BODY_KEPT = 10_000;

const TONES = { success: 'on', fail: 'bad', start: undefined, log: undefined } as const;

/** The last pings of a heartbeat, and their run times as a small plot. */
export function Pings({ of: { id } }: { of: Heartbeat }) {
  const asked = useQuery(`pings ${id}`, () => ports.alerts.heartbeatPings({ id }), TOUCHED);
  const pings = asked.value?.pings;
  const [all, setAll] = useState(false);
  const runs = (pings ?? []).flatMap(({ number, kind, run_ms }): Run[] =>
    run_ms === null ? [] : [{ number, ms: run_ms, failed: kind === 'fail' }],
  );
  const longest = Math.max(...runs.map(({ ms }) => ms), 0);
  return (
    <>
      <Card title={words.runTimes} end={runs.length > 0 && <span class="muted">{words.longest(took(longest))}</span>}>
        <div class="pad">
          {runs.length > 0 ? (
            <RunTimes of={runs.slice(0, RUNS_SHOWN).reverse()} />
          ) : (
            <p class="second">{words.noRuns}</p>
          )}
        </div>
      </Card>
      <Card
        title={words.lastPings}
        count={pings?.length}
        footer={
          !all &&
          pings &&
          pings.length > SHOWN_FIRST && (
            <Button small quiet onClick={() => setAll(true)}>
              {words.allPings(pings.length)}
            </Button>
          )
        }
      >
        {asked.problem && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
        {!pings && !asked.problem && <Skeleton rows={3} />}
        {pings?.length === 0 && <p class="pad second">{words.noPings}</p>}
        {pings && pings.length > 0 && (
          <ul class="list">
            {(all ? pings : pings.slice(0, SHOWN_FIRST)).map((ping) => (
              <Row key={ping.number} heartbeat={id} of={ping} />
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}

const Row = ({ heartbeat, of }: { heartbeat: string; of: Ping }) => (
  <li>
    <Badge tone={TONES[of.kind]}>{words.kind[of.kind]}</Badge>
    <div class="grow">
      <span class="small second dots">
        <Ago at={of.at} />
        {of.exit_code !== null && <span>{words.exit(of.exit_code)}</span>}
        {of.run_ms !== null && <span>{words.took(took(of.run_ms))}</span>}
        <span class="muted wide">{of.method}</span>
      </span>
      {of.body_bytes > 0 && mayAsk('alerts', 'pingBody') && <Body heartbeat={heartbeat} of={of} />}
    </div>
  </li>
);

/** What the job sent with a ping; it is fetched when it is opened. */
function Body({ heartbeat, of: { number, body_bytes } }: { heartbeat: string; of: Ping }) {
  const [open, setOpen] = useState(false);
  const asked = useQuery(open ? `ping ${heartbeat} ${number}` : null, () =>
    ports.alerts.pingBody({ id: heartbeat, number }),
  );
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary class="small">{words.body}</summary>
      {asked.problem && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {asked.value && (
        <pre class="code" tabIndex={0}>
          {asked.value.body}
        </pre>
      )}
      {body_bytes > BODY_KEPT && <p class="small muted">{words.bodyCut(body_bytes)}</p>}
    </details>
  );
}
