import { useSignal } from '@preact/signals';
import type { LiveEvent } from '../../src/gateway/contract';
import { lazyPart } from '../lazy';
import { ports } from '../ports';
import { hrefOfPerson } from '../reach/hrefOfPerson';
import { foreseenWords } from '../text/foreseen';
import { whyWords as words } from '../text/why';
import { Button } from '../ui/button';
import { Card, Skeleton } from '../ui/card';
import { TextField } from '../ui/field';
import { Icon } from '../ui/icons';
import { At } from '../ui/time';
import { clockSeconds } from '../ui/times';
import { useQuery } from '../useQuery';

/** Why people were paged about an incident, and why another person was not. */

const Foreseen = lazyPart(() => import('../oncall/policy/Foreseen').then(({ Foreseen: part }) => part));

type Answer = Awaited<ReturnType<typeof ports.gateway.why>>;
type Link = Answer['links'][number];

const ICONS = { yes: 'check', no: 'x', planned: 'clock' } as const;

interface WhyProps {
  of: { id: string };
  /** Selects the events of the incident. */
  concerns(event: Pick<LiveEvent, 'subject' | 'data'>): boolean;
}

export function WhyTab({ of: { id }, concerns }: WhyProps) {
  const person = useSignal('');
  const asked = useQuery(
    `why ${id} ${person.value}`,
    () => ports.gateway.why({ id, ...(person.value && { person: person.value }) }),
    {
      modules: ['incidents', 'notify'],
      by: concerns,
    },
  );
  return (
    <div class="stack">
      <AskFor onAsk={(text) => (person.value = text)} />
      {asked.problem && <p class="fault">{asked.problem.detail}</p>}
      {asked.value ? <Chains of={asked.value} /> : !asked.problem && <Skeleton rows={4} />}
      <Next id={id} concerns={concerns} />
    </div>
  );
}

/** The steps ahead, if one is scheduled. */
function Next({ id, concerns }: { id: string; concerns: WhyProps['concerns'] }) {
  const asked = useQuery(`next ${id}`, () => ports.incidents.previewIncident({ id }), {
    modules: ['incidents', 'oncall', 'notify'],
    by: (event) => event.module !== 'incidents' || concerns(event),
  });
  const { value, problem } = asked;
  // Without a scheduled step there is nothing ahead.
  if (problem !== null) return problem.kind === 'conflict' ? null : <p class="fault">{problem.detail}</p>;
  if (value === undefined) return null;
  return (
    <Card title={foreseenWords.next}>
      <Foreseen of={value} />
    </Card>
  );
}

function AskFor({ onAsk }: { onAsk(text: string): void }) {
  const text = useSignal('');
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onAsk(text.value.trim().toLowerCase());
      }}
    >
      <TextField
        label={words.ask}
        hint={words.askHint}
        name="why-person"
        type="email"
        value={text.value}
        onInput={({ currentTarget }) => (text.value = currentTarget.value)}
      />
      <div>
        <Button small type="submit">
          {words.explain}
        </Button>
      </div>
    </form>
  );
}

const Chains = ({ of: { links, people } }: { of: Answer }) => (
  <>
    <Card title={words.cause}>
      <Chain of={links} />
    </Card>
    {people.length === 0 && <p class="second">{words.nobody}</p>}
    {people.map(({ name, email, paged, links: own }) => (
      <Card
        key={email ?? name}
        title={paged ? words.paged(name) : words.notPaged(name)}
        end={email !== null && <a href={hrefOfPerson(email)}>{words.reached}</a>}
      >
        <Chain of={own} />
      </Card>
    ))}
  </>
);

const Chain = ({ of }: { of: readonly Link[] }) => (
  <ol class="list">
    {of.map(({ at, result, text }, index) => (
      <li key={index}>
        <Icon name={ICONS[result]} />
        <span class="sr">{words.results[result]}</span>
        <span class="grow">{text}</span>
        {at !== null && (
          <span class="small muted">
            <At at={at}>{clockSeconds(at)}</At>
          </span>
        )}
      </li>
    ))}
  </ol>
);
