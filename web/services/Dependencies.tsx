import { useSignal } from '@preact/signals';
import { FormDialog, textIn } from '../live/forms';
import { ProblemBanner } from '../live/problems';
import { type Ports, ports } from '../ports';
import { mayAsk } from '../session';
import { serviceDependencies as words } from '../text/serviceDependencies';
import { Button } from '../ui/button';
import { Card, Skeleton } from '../ui/card';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';
import { useServices } from './known';
import { hrefOfService } from './view';

type Dependencies = Awaited<ReturnType<Ports['oncall']['dependenciesOf']>>;
type Upstream = Dependencies['depends_on'][number];

/** Saves a list only if it still is the one that was shown. */
const save = ({ service, version }: Dependencies, depends_on: readonly Upstream[]) =>
  ports.oncall.setDependencies({ service, if_match: `"${version}"`, depends_on: [...depends_on] });

/** What a service depends on, and what needs it. */
export function DependenciesCard({ service }: { service: string }) {
  const asked = useQuery(`dependencies ${service}`, () => ports.oncall.dependenciesOf({ service }), {
    modules: ['oncall'],
  });
  const adding = useSignal(false);
  const removing = useSignal<string | null>(null);
  const mayEdit = mayAsk('oncall', 'setDependencies');
  const of = asked.value;
  const close = () => {
    adding.value = false;
    removing.value = null;
    void asked.again();
  };
  return (
    <Card
      title={words.title}
      end={
        mayEdit &&
        of && (
          <Button small quiet icon="plus" onClick={() => (adding.value = true)}>
            {words.add}
          </Button>
        )
      }
    >
      {asked.problem && !of && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {!of && !asked.problem && <Skeleton rows={2} />}
      {of && (
        <>
          <Side
            title={words.dependsOn}
            none={words.noUpstream}
            of={of.depends_on}
            {...(mayEdit && { onRemove: (name: string) => (removing.value = name) })}
          />
          <Side title={words.neededBy} none={words.noDependent} of={of.needed_by} />
        </>
      )}
      {of && adding.value && <AddUpstream of={of} onClose={close} />}
      {of && removing.value !== null && <RemoveUpstream of={of} name={removing.value} onClose={close} />}
    </Card>
  );
}

interface SideProps {
  title: string;
  none: string;
  of: readonly Upstream[];
  onRemove?(name: string): void;
}

const Side = ({ title, none, of, onRemove }: SideProps) => (
  <section aria-label={title}>
    <h3 class="pad label">{title}</h3>
    {of.length === 0 && <p class="pad small muted">{none}</p>}
    <ul class="list" aria-label={title}>
      {of.map(({ service, grace_seconds }) => (
        <li key={service}>
          <div class="grow">
            <a href={hrefOfService(service)}>{service}</a>
            <div class="small muted">{words.grace(grace_seconds)}</div>
          </div>
          {onRemove && (
            <Button small quiet icon="trash" label={words.remove(service)} onClick={() => onRemove(service)} />
          )}
        </li>
      ))}
    </ul>
  </section>
);

interface DialogProps {
  of: Dependencies;
  onClose(): void;
}

function AddUpstream({ of, onClose }: DialogProps) {
  const { adding } = words;
  const known = new Set([of.service, ...of.depends_on.map(({ service }) => service)]);
  const offered = useServices().filter(({ service }) => !known.has(service));
  const act = async (form: FormData) => {
    const upstream = { service: textIn(form, 'depends_on'), grace_seconds: Number(textIn(form, 'grace_seconds')) };
    await save(of, [...of.depends_on, upstream]);
    say(adding.done(of.service, upstream.service));
  };
  return (
    <FormDialog
      title={adding.title(of.service)}
      text={adding.text}
      verb={adding.verb}
      onClose={onClose}
      act={act}
      fields={[
        {
          ...{ name: 'depends_on', label: adding.service, hint: adding.serviceHint, required: true, maxLength: 255 },
          suggestions: offered.map(({ service }) => ({ value: service })),
        },
        {
          ...{ name: 'grace_seconds', type: 'number', label: adding.grace, hint: adding.graceHint, value: '60' },
          ...{ min: 0, max: 900, required: true },
        },
      ]}
    />
  );
}

const RemoveUpstream = ({ of, name, onClose }: DialogProps & { name: string }) => (
  <FormDialog
    title={words.removing.title(of.service, name)}
    text={words.removing.text(of.service, name)}
    verb={words.removing.verb}
    onClose={onClose}
    act={async () => {
      await save(
        of,
        of.depends_on.filter(({ service }) => service !== name),
      );
      say(words.removing.done(of.service, name));
    }}
  />
);
