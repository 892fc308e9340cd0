import { useRoute } from 'preact-iso';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { reach as words } from '../text/reach';
import { Card, Empty, Facts, Skeleton } from '../ui/card';
import { Page } from '../ui/page';
import { Ago } from '../ui/time';
import { useQuery } from '../useQuery';
import { MethodRow } from './MethodRow';
import { lastProof, type Method } from './methods';

/** How one person is reached: by what, and when that was last proven. Addresses of others are shortened. */
export function PersonPage() {
  const { params } = useRoute();
  const person = decodeURIComponent(params['person'] ?? '');
  const asked = useQuery(`contact-methods-${person}`, () => ports.notify.contactMethods({ person }), {
    modules: ['notify'],
  });
  const methods = asked.value?.contact_methods;
  return (
    <Page title={words.person.title(person)}>
      {asked.problem && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {methods === undefined && !asked.problem && <Skeleton rows={3} />}
      {methods && <Summary of={methods} />}
      {methods && (
        <Card title={words.title} hideTitle>
          {methods.length === 0 && (
            <Empty title={words.person.none.title}>
              <p>{words.person.none.text}</p>
            </Empty>
          )}
          <ol class="list methods">
            {methods.map((method) => (
              <MethodRow key={method.id} of={method} />
            ))}
          </ol>
        </Card>
      )}
    </Page>
  );
}

function Summary({ of }: { of: readonly Method[] }) {
  const usable = of.filter(({ usable: isUsable }) => isUsable);
  const proofs = usable.map(lastProof).filter((at) => at !== null);
  const latest = proofs.sort().at(-1);
  const { person } = words;
  return (
    <Card title={usable.length > 0 ? person.reachable : person.unreachable}>
      <div class="pad stack">
        {usable.length > 0 ? (
          <Facts
            of={[
              [person.usable, usable.map(({ channel, label }) => label || words.channelOf(channel)).join(', ')],
              [person.proof, latest === undefined ? person.noProof : <Ago at={latest} />],
            ]}
          />
        ) : (
          <p class="second">{person.byEmail}</p>
        )}
      </div>
    </Card>
  );
}
