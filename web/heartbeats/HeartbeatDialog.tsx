import { useState } from 'preact/hooks';
import { severityField, useServiceField } from '../live/fields';
import { type FormField, FormFields } from '../live/formFields';
import { FormDialog, textIn } from '../live/forms';
import { ports } from '../ports';
import { heartbeats } from '../text/heartbeats';
import { SelectField } from '../ui/field';
import { HERE } from '../ui/times';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';
import type { Heartbeat } from './view';

const { dialog: words } = heartbeats;

interface HeartbeatDialogProps {
  /** The heartbeat to change; absent for a new one. */
  of?: Heartbeat;
  onClose(): void;
  onDone?(heartbeat: Heartbeat): void;
}

type Owner = 'service' | 'team';
type Kind = 'period' | 'cron';

const MINUTE_S = 60;
/** A day and an hour, in minutes. */
const FIRST = { period: 1_440, grace: 60 };

const minutesOf = (seconds: number): string => String(seconds / MINUTE_S);
const secondsIn = (form: FormData, name: string): number => Math.round(Number(textIn(form, name)) * MINUTE_S);

/** The dialog for a new heartbeat and for changes of one. */
export function HeartbeatDialog({ of, onClose, onDone }: HeartbeatDialogProps) {
  const [owner, setOwner] = useState<Owner>(of?.team ? 'team' : 'service');
  const [kind, setKind] = useState<Kind>(of && 'cron' in of.schedule ? 'cron' : 'period');
  const act = async (form: FormData) => {
    const input = inputOf(form, { owner, kind });
    const saved = of
      ? await ports.alerts.updateHeartbeat({ id: of.id, ...input })
      : await ports.alerts.createHeartbeat(input);
    say(of ? words.saved(saved.name) : words.added(saved.name));
    onDone?.(saved);
  };
  return (
    <FormDialog
      title={of ? words.edit(of.name) : words.add}
      verb={of ? words.editVerb : words.addVerb}
      onClose={onClose}
      act={act}
      names={[
        'team',
        'service',
        'severity',
        'schedule.period',
        'schedule.cron',
        'schedule.time_zone',
        'schedule.grace',
      ]}
      fields={[
        {
          ...{ name: 'name', label: words.name, hint: words.nameHint, defaultValue: of?.name ?? '' },
          ...{ required: true, maxLength: 255, autocomplete: 'off' },
        },
        {
          ...{ name: 'slug', label: words.slug, hint: of ? undefined : words.slugHint, defaultValue: of?.slug ?? '' },
          ...{ optional: !of, required: Boolean(of), maxLength: 100, autocomplete: 'off', pattern: '[a-z0-9_\\-]+' },
        },
      ]}
    >
      {(errors) => (
        <>
          <OwnerFields {...{ of, owner, errors, onOwner: setOwner }} />
          <ScheduleFields {...{ of, kind, errors, onKind: setKind }} />
        </>
      )}
    </FormDialog>
  );
}

type Errors = Record<string, string>;

function OwnerFields(props: { of: Heartbeat | undefined; owner: Owner; errors: Errors; onOwner(owner: Owner): void }) {
  const { of, owner, errors, onOwner } = props;
  const service = useServiceField({ label: words.service, hint: words.serviceHint, defaultValue: of?.service ?? '' });
  const teams = useQuery('teams', () => ports.oncall.teams({}), { modules: ['oncall'] });
  const team: FormField = {
    ...{ name: 'team', label: words.team, required: true, maxLength: 255, defaultValue: of?.team ?? '' },
    suggestions: (teams.value ?? []).map((each) => ({ value: each.team })),
  };
  return (
    <>
      <SelectField
        label={words.owner}
        name="owner"
        value={owner}
        choices={(['service', 'team'] as const).map((value) => ({ value, text: words.owners[value] }))}
        onChange={({ currentTarget }: { currentTarget: HTMLSelectElement }) => onOwner(currentTarget.value as Owner)}
      />
      <FormFields key={owner} of={[owner === 'team' ? team : service]} errors={errors} />
      <FormFields of={[severityField(words.severity, of?.severity ?? 'high')]} errors={errors} />
    </>
  );
}

function ScheduleFields(props: { of: Heartbeat | undefined; kind: Kind; errors: Errors; onKind(kind: Kind): void }) {
  const { of, kind, errors, onKind } = props;
  const schedule = of?.schedule;
  const numbers = { type: 'number', min: 0.5, step: 'any', required: true, inputmode: 'decimal' } as const;
  const period: FormField[] = [
    {
      ...{ name: 'schedule.period', label: words.period, ...numbers },
      defaultValue: schedule && 'period' in schedule ? minutesOf(schedule.period) : String(FIRST.period),
    },
  ];
  const isCron = schedule && 'cron' in schedule;
  const cron: FormField[] = [
    {
      ...{ name: 'schedule.cron', label: words.cron, hint: words.cronHint, required: true, maxLength: 200 },
      ...{ autocomplete: 'off', spellcheck: false, defaultValue: isCron ? schedule.cron : '0 3 * * *' },
    },
    {
      ...{ name: 'schedule.time_zone', label: words.zone, required: true, maxLength: 100 },
      ...{ autocomplete: 'off', defaultValue: isCron ? schedule.time_zone : HERE },
    },
  ];
  const grace: FormField = {
    ...{ name: 'schedule.grace', label: words.grace, hint: words.graceHint, ...numbers },
    defaultValue: schedule ? minutesOf(schedule.grace) : String(FIRST.grace),
  };
  return (
    <>
      <SelectField
        label={words.kind}
        name="kind"
        value={kind}
        choices={(['period', 'cron'] as const).map((value) => ({ value, text: words.kinds[value] }))}
        onChange={({ currentTarget }: { currentTarget: HTMLSelectElement }) => onKind(currentTarget.value as Kind)}
      />
      <FormFields key={kind} of={kind === 'cron' ? cron : period} errors={errors} />
      <FormFields of={[grace]} errors={errors} />
    </>
  );
}

function inputOf(form: FormData, { owner, kind }: { owner: Owner; kind: Kind }) {
  const slug = textIn(form, 'slug');
  const grace = secondsIn(form, 'schedule.grace');
  return {
    name: textIn(form, 'name'),
    ...(slug !== '' && { slug }),
    ...(owner === 'team' ? { team: textIn(form, 'team') } : { service: textIn(form, 'service') }),
    severity: textIn(form, 'severity') as Heartbeat['severity'],
    schedule:
      kind === 'cron'
        ? { cron: textIn(form, 'schedule.cron'), time_zone: textIn(form, 'schedule.time_zone'), grace }
        : { period: secondsIn(form, 'schedule.period'), grace },
  };
}
