import type { Change } from '../../src/alerts/contract';
import type { Incident } from '../../src/incidents/contract';
import { ports } from '../ports';
import { incident as words } from '../text/incident';
import { Card } from '../ui/card';
import { At } from '../ui/time';
import { age } from '../ui/times';
import { useQuery } from '../useQuery';

/** Changes of the incident's service are shown if they came up to a day before it opened. */
const OWN_MS = 24 * 3_600_000;
/** Changes of other services are shown if they came up to an hour before. */
const OTHERS_MS = 3_600_000;
const MOST_SHOWN = 5;
const MOST_ASKED = 20;

type Concerned = Pick<Incident, 'id' | 'service' | 'created_at' | 'resolved_at'>;

const before = (instant: string, ms: number): string => new Date(Date.parse(instant) - ms).toISOString();

/** The changes nearest to the opening of an incident: those of its service until it is resolved, and others just before. */
async function changesNear({ service, created_at: opened, resolved_at: resolved }: Concerned): Promise<Change[]> {
  const ask = (input: { service?: string; from: string; to?: string }) =>
    ports.alerts.listChanges({ ...input, per_page: MOST_ASKED }).then(({ changes }) => changes);
  const [own, others] = await Promise.all([
    ask({ service, from: before(opened, OWN_MS), ...(resolved !== null && { to: resolved }) }),
    ask({ from: before(opened, OTHERS_MS), to: opened }),
  ]);
  const distance = ({ at }: Change) => Math.abs(Date.parse(at) - Date.parse(opened));
  return [...own, ...others.filter((change) => change.service !== service)]
    .sort((one, other) => distance(one) - distance(other))
    .slice(0, MOST_SHOWN);
}

/** Changes of systems, such as deployments, beside an incident; nothing if there were none. */
export function Changes({ of }: { of: Concerned }) {
  const key = `changes ${of.id} ${of.resolved_at}`;
  const { value } = useQuery(key, () => changesNear(of), {
    modules: ['alerts'],
    by: ({ kind }) => kind === 'change_recorded',
  });
  if (value === undefined || value.length === 0) return null;
  return (
    <Card title={words.changes.title} count={value.length}>
      <ul class="list small">
        {value.map((change) => (
          <li key={change.id}>
            <div class="grow">
              <div>{change.summary}</div>
              <div class="label dots">
                <At at={change.at}>{placeOf(change, of)}</At>
                {change.service !== of.service && <span>{change.service}</span>}
                <span>{change.source}</span>
                {change.links.map(({ text, url }) => (
                  <a key={url} href={url} target="_blank" rel="noopener noreferrer">
                    {text}
                  </a>
                ))}
              </div>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** How long before or after the opening of the incident a change came. */
function placeOf({ at }: Change, { created_at: opened }: Concerned): string {
  const seconds = (Date.parse(opened) - Date.parse(at)) / 1_000;
  return seconds >= 0 ? words.changes.before(age(seconds)) : words.changes.after(age(-seconds));
}
