import { useRoute } from 'preact-iso';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { isMe } from '../session';
import { reach as words } from '../text/reach';
import { reachRules } from '../text/reachRules';
import { Banner, Card, Empty, Facts, Skeleton } from '../ui/card';
import { Page } from '../ui/page';
import { Ago } from '../ui/time';
import { useQuery } from '../useQuery';
import { MethodRow } from './MethodRow';
import { dutiesOf, type Method } from './methods';
import { RuleLine } from './RuleLine';
import { useRules } from './ruleStore';
import { type Around, quietInWords, type Rules, URGENCIES } from './rules';
import { useReach } from './useReach';

/** How one person is reached: by what, when, and when that was last proven. Addresses of others are shortened. */
export function PersonPage() {
  const { params } = useRoute();
  const person = decodeURIComponent(params['person'] ?? '').toLowerCase();
  const { asked, channels } = useReach(person);
  const rules = useRules(person);
  const named = useQuery('people', () => ports.oncall.people({}), { modules: ['oncall'] });
  const methods = asked.value?.contact_methods;
  const name = named.value?.find(({ email }) => email.toLowerCase() === person)?.name ?? person;
  const around = methods && channels.value && { methods, channels: channels.value.channels };
  return (
    <Page
      title={words.person.title(name)}
      below={<p class="second mono">{person}</p>}
      actions={isMe(person) && <a href="/account">{words.person.own}</a>}
    >
      {asked.problem && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {methods === undefined && !asked.problem && <Skeleton rows={3} />}
      {methods && <Summary person={person} />}
      <div class="cols half">
        {methods && <Methods of={methods} />}
        {around && rules.value && <RulesInWords of={rules.value} around={around} />}
      </div>
    </Page>
  );
}

const Methods = ({ of }: { of: readonly Method[] }) => (
  <Card title={words.person.methods} count={of.length}>
    {of.length === 0 && (
      <Empty title={words.person.none.title}>
        <p>{words.person.none.text}</p>
      </Empty>
    )}
    <ol class="list methods">
      {of.map((method) => (
        <MethodRow key={method.id} of={method} />
      ))}
    </ol>
  </Card>
);

const RulesInWords = ({ of, around }: { of: Rules; around: Around }) => (
  <Card title={words.person.rules}>
    {URGENCIES.map((urgency) => (
      <section key={urgency} class="pad stack tight rules" aria-label={reachRules.lists[urgency].title}>
        <h3>{reachRules.lists[urgency].title}</h3>
        {of[urgency].length === 0 && <p class="second">{words.person.noRules}</p>}
        <ol class="when">
          {of[urgency].map((rule, at) => (
            <RuleLine key={at} of={rule} around={around} />
          ))}
        </ol>
      </section>
    ))}
    <section class="pad stack tight rules" aria-label={reachRules.quiet.title}>
      <h3>{reachRules.quiet.title}</h3>
      <p>{of.quiet_hours === null ? words.person.noQuiet : quietInWords(of.quiet_hours)}</p>
    </section>
  </Card>
);

/** Whether a page reaches the person now, by what, and when that was last proven. */
function Summary({ person }: { person: string }) {
  const asked = useQuery(`reachability-${person}`, () => ports.notify.reachability({ people: person }), {
    modules: ['notify'],
  });
  const onCall = useQuery('on call now', () => ports.oncall.onCallNow({}), { modules: ['oncall'] });
  const of = asked.value?.people[0];
  if (of === undefined) return asked.problem && <ProblemBanner problem={asked.problem} onAgain={asked.again} />;
  const usable = of.methods.filter((method) => method.usable);
  const channelNames = [...new Set(usable.map(({ channel }) => words.channelOf(channel)))];
  const duties = dutiesOf(person, onCall.value?.teams ?? []);
  return (
    <>
      {!of.reachable && (
        <Banner tone="bad">
          <strong>{words.person.unreachable}</strong> {duties.length > 0 && words.person.onCallNow(duties.join(', '))}
        </Banner>
      )}
      <Card title={of.reachable ? words.person.reachable : words.person.state}>
        <div class="pad stack">
          <Facts
            of={[
              ...(channelNames.length > 0 ? [[words.person.usable, channelNames.join(', ')] as const] : []),
              [words.person.proof, of.last_proof_at === null ? words.person.noProof : <Ago at={of.last_proof_at} />],
              ...(duties.length > 0 ? [[words.person.onCall, duties.join(', ')] as const] : []),
            ]}
          />
          {of.by_schedule_entry && <p class="second">{words.person.byEmail}</p>}
        </div>
      </Card>
    </>
  );
}
