import { ports } from '../ports';
import { heartbeats } from '../text/heartbeats';
import { Card } from '../ui/card';
import { useQuery } from '../useQuery';
import { Next, StateBadge } from './marks';
import { hrefOf, hrefOfHeartbeat, TOUCHED } from './view';

const { home: words } = heartbeats;
const SHOWN = 5;
const WANTED = 'down,new';

/** On Home: heartbeats that are down, and those that were never seen. Nothing if there are none. */
export function HomeHeartbeats() {
  const { value } = useQuery(
    'heartbeats on home',
    () => ports.alerts.listHeartbeats({ state: WANTED, per_page: SHOWN }),
    { ...TOUCHED, everyMs: 30_000 },
  );
  if (!value || value.total === 0) return null;
  return (
    <Card
      title={words.title}
      count={value.total}
      end={<a href={hrefOf({ state: null, q: '', page: 1 })}>{words.all}</a>}
      footer={value.total > SHOWN ? words.more(value.total - SHOWN) : undefined}
    >
      <ul class="list">
        {value.heartbeats.map((heartbeat) => (
          <li key={heartbeat.id}>
            <div class="grow">
              <a class="t" href={hrefOfHeartbeat(heartbeat.id)}>
                {heartbeat.name}
              </a>
              <div class="small muted dots">
                <span>{heartbeat.team ?? heartbeat.service}</span>
                {heartbeat.state === 'down' && (
                  <span>
                    <Next of={heartbeat} />
                  </span>
                )}
              </div>
            </div>
            <StateBadge of={heartbeat.state} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
