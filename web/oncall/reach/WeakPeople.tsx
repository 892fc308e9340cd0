import '../oncall.css';
import { type Ports, ports } from '../../ports';
import { hrefOfPerson } from '../../reach/hrefOfPerson';
import { coverageWords } from '../../text/coverage';
import { Card } from '../../ui/card';
import { Badge, Face } from '../../ui/icons';
import { At } from '../../ui/time';
import { when } from '../../ui/times';
import { useQuery } from '../../useQuery';

/** People on call whose reach is weak: the reason, since when, and a link to how they are reached. */

export type WeakPerson = Awaited<ReturnType<Ports['oncall']['onCallReach']>>['people'][number];

const words = coverageWords.weak;
const BAD = ['unreachable', 'failing_only'];

/** The people on call now, of one team or of all; empty until the server answers, and while it does not know. */
export function useWeakPeople(team?: string): readonly WeakPerson[] {
  const asked = useQuery(
    `oncall-reach ${team ?? ''}`,
    () => ports.oncall.onCallReach(team === undefined ? {} : { team }),
    {
      modules: ['oncall', 'notify'],
      by: ({ module, kind }) =>
        module === 'oncall' || kind.startsWith('contact_method_') || kind.startsWith('channel_'),
    },
  );
  return asked.value?.people ?? [];
}

/** Whether pages to the person do not arrive, or some do not. */
export const isInTrouble = ({ concerns, failing }: WeakPerson): boolean =>
  failing.length > 0 || concerns.some(({ kind }) => BAD.includes(kind));

/** What is wrong, in one badge; null if nothing fails. */
export function ReachBadge({ of }: { of: WeakPerson | undefined }) {
  if (of === undefined || !isInTrouble(of)) return null;
  const worst = of.concerns.find(({ kind }) => BAD.includes(kind));
  const text = worst === undefined ? words.fails(of.failing.map(({ title }) => title)) : words.kinds[worst.kind];
  return (
    <a href={hrefOfPerson(of.email)} title={of.why_not === null ? undefined : words.whyNot(of.why_not)}>
      <Badge tone={worst === undefined ? 'warn' : 'bad'}>{text}</Badge>
    </a>
  );
}

/** The people of a team who are on call now and in trouble; nothing without any. */
export function TroubleNow({ team }: { team: string }) {
  const people = useWeakPeople(team).filter(isInTrouble);
  return people.length === 0 ? null : <WeakPeople of={people} total={people.length} now />;
}

const MOST_SHOWN = 100;

export function WeakPeople({ of, total, now = false }: { of: readonly WeakPerson[]; total: number; now?: boolean }) {
  const shown = of.slice(0, MOST_SHOWN);
  return (
    <Card
      title={now ? words.titleNow : words.title}
      count={total}
      footer={total > shown.length && <span class="small muted">{coverageWords.more(total - shown.length)}</span>}
    >
      <ul class="list">
        {shown.map((person) => (
          <PersonRow key={person.email} of={person} now={now} />
        ))}
      </ul>
    </Card>
  );
}

function PersonRow({ of, now }: { of: WeakPerson; now: boolean }) {
  const { name, email, teams, concerns, failing, ways, why_not, on_call_from } = of;
  return (
    <li>
      <Face name={name} email={email} large />
      <div class="grow stack tight">
        <div class="row wrap">
          <a href={hrefOfPerson(email)}>
            <strong>{name}</strong>
          </a>
          {concerns.map(({ kind, since }) => (
            <Badge key={kind} tone={BAD.includes(kind) ? 'bad' : 'warn'}>
              {words.kinds[kind]}
              {since !== null && <> {words.since(when(since))}</>}
            </Badge>
          ))}
        </div>
        {failing.map(({ channel, title, state, since, error }) => (
          <p key={channel} class="small second">
            {words.failing(title, state, since === null ? null : when(since), error)}
          </p>
        ))}
        <p class="small second">{ways === null ? words.whyNot(why_not) : words.ways(ways)}</p>
        {!now && (
          <p class="small muted">
            {words.onCall(teams)} <At at={on_call_from}>{when(on_call_from)}</At>
          </p>
        )}
      </div>
    </li>
  );
}
