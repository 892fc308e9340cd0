import { useState } from 'preact/hooks';
import { invalid } from '../../../src/kernel/ports/problem';
import { FormDialog } from '../../live/forms';
import { ports } from '../../ports';
import { overrideWords as words } from '../../text/oncallTeam';
import { SelectField, TextField } from '../../ui/field';
import { Segments } from '../../ui/navigation';
import { span } from '../../ui/times';
import { say } from '../../ui/toast';
import { endAfterHours, faultOf, type Kind, type Known, needsIn, needsOut, requestOf, type Wish } from './overrideForm';
import { SpanFields } from './SpanFields';
import { useScheduleZone } from './scheduleZone';

/** The form of an override, opened from a drag, the keyboard, a button or a link. */

interface OverrideDialogProps {
  /** Null if the form asks for the team, out of `teams`. */
  team: string | null;
  teams?: readonly string[];
  zone: string;
  /** The zone shown beside the viewer's: the schedule's, unless the calendar shows another. */
  otherZone?: string | null;
  began: Wish;
  /** Names of the layers, for overrides of one layer. */
  layers: readonly string[];
  people: readonly Known[];
  onClose(): void;
  onSet(): void;
}

/** A planned gap is a takeover without a person; the form offers it as a kind of its own. */
type Choice = Kind | 'gap';

const FIELDS = [
  ...['team', 'kind', 'role', 'layer', 'reason', 'starts_at', 'ends_at'],
  ...['in', 'in.name', 'in.email', 'out', 'times', 'order', 'email'],
];

export function OverrideDialog(props: OverrideDialogProps) {
  const { team: given, teams = [], zone, began, layers, people, onClose, onSet } = props;
  const [wish, setWish] = useState(began);
  const [planned, plan] = useState(false);
  const [chosen, choose] = useState('');
  const team = given ?? (chosen || teams[0] || '');
  const ofSchedule = useScheduleZone(props.otherZone === undefined ? team : null);
  const otherZone = props.otherZone === undefined ? ofSchedule : props.otherZone;
  const change = (part: Partial<Wish>) => setWish((all) => ({ ...all, ...part }));

  async function act(): Promise<void> {
    const fault = faultOf(wish, planned);
    if (fault !== null) throw invalid([{ path: fault, message: words.faults[fault] }]);
    const question = requestOf(planned ? { ...wish, name: '', email: '' } : wish, team, zone, people);
    if (!planned && needsIn(wish.kind) && question.in === null) {
      throw invalid([{ path: 'email', message: words.faults.email }]);
    }
    await ports.oncall.addOverride(question);
    say(words.set);
    onSet();
  }

  const pick = (choice: Choice) => {
    plan(choice === 'gap');
    change({ kind: choice === 'gap' ? 'takeover' : choice });
  };
  return (
    <FormDialog title={words.title} verb={words.verb} names={FIELDS} onClose={onClose} act={act}>
      {(faults) => (
        <>
          {given === null && (
            <SelectField
              label={words.team}
              name="team"
              value={team}
              fault={faults['team']}
              choices={teams.map((name) => ({ value: name, text: name }))}
              onChange={({ currentTarget }) => choose(currentTarget.value)}
            />
          )}
          <SelectField
            label={words.kind}
            name="kind"
            value={planned ? 'gap' : wish.kind}
            choices={Object.entries(words.kinds).map(([value, text]) => ({ value, text }))}
            onChange={({ currentTarget }) => pick(currentTarget.value as Choice)}
          />
          <Whom wish={wish} planned={planned} people={people} faults={faults} onChange={change} />
          <Scope wish={wish} layers={layers} onChange={change} />
          <SpanFields of={wish} zone={zone} otherZone={otherZone} faults={faults} onChange={change} />
          <Lengths wish={wish} zone={zone} onChange={change} />
          <TextField
            label={words.reason}
            name="reason"
            optional
            maxLength={1000}
            value={wish.reason}
            fault={faults['reason']}
            onInput={({ currentTarget }) => change({ reason: currentTarget.value })}
          />
        </>
      )}
    </FormDialog>
  );
}

const HOURS = ['1', '4', '8', '24'] as const;

/** Buttons for the usual lengths. */
function Lengths({ wish, zone, onChange }: Pick<PartProps, 'wish' | 'onChange'> & { zone: string }) {
  const until = (hours: string): string => endAfterHours(zone, wish.from, Number(hours));
  return (
    <Segments
      label={words.lengths}
      of={HOURS.map((id) => ({ id, text: span(3_600 * Number(id)) }))}
      current={HOURS.find((hours) => wish.to !== '' && wish.to === until(hours)) ?? ''}
      onPick={(hours) => onChange({ to: until(hours) })}
    />
  );
}

interface PartProps {
  wish: Wish;
  faults: Record<string, string>;
  onChange(part: Partial<Wish>): void;
}

function Whom({ wish, planned, people, faults, onChange }: PartProps & { planned: boolean; people: readonly Known[] }) {
  const known = people.find(({ name, email }) => name === wish.name.trim() || email === wish.name.trim());
  return (
    <>
      {needsOut(wish.kind) && (
        <SelectField
          label={words.out}
          name="out"
          value={wish.out}
          choices={[
            { value: '', text: words.choose },
            ...people.map(({ name, email }) => ({ value: email, text: name })),
          ]}
          fault={faults['out']}
          onChange={({ currentTarget }) => onChange({ out: currentTarget.value })}
        />
      )}
      {needsIn(wish.kind) && !planned && (
        <div class="fields">
          <TextField
            label={words.who}
            name="in-name"
            list="people-override"
            maxLength={255}
            autocomplete="off"
            value={wish.name}
            hint={words.whoHint}
            fault={faults['in']}
            onInput={({ currentTarget }) => onChange({ name: currentTarget.value })}
          />
          <TextField
            label={words.email}
            name="in-email"
            type="email"
            maxLength={255}
            autocomplete="off"
            value={wish.email || (known?.email ?? '')}
            fault={faults['email'] ?? faults['in.email']}
            onInput={({ currentTarget }) => onChange({ email: currentTarget.value })}
          />
        </div>
      )}
      <datalist id="people-override">
        {people.map(({ name, email }) => (
          <option key={email} value={name}>
            {email}
          </option>
        ))}
      </datalist>
    </>
  );
}

const WHOLE = '';

function Scope({ wish, layers, onChange }: Pick<PartProps, 'wish' | 'onChange'> & { layers: readonly string[] }) {
  return (
    <div class="fields">
      <SelectField
        label={words.role}
        name="role"
        value={wish.role ?? WHOLE}
        disabled={wish.layer !== null}
        choices={[
          { value: WHOLE, text: words.both },
          { value: 'primary', text: words.roles.primary },
          { value: 'secondary', text: words.roles.secondary },
        ]}
        onChange={({ currentTarget: { value } }) =>
          onChange({ role: value === WHOLE ? null : (value as 'primary' | 'secondary') })
        }
      />
      {layers.length > 0 && (
        <SelectField
          label={words.layer}
          name="layer"
          value={wish.layer ?? WHOLE}
          choices={[
            { value: WHOLE, text: words.wholeSchedule },
            ...layers.map((name) => ({ value: name, text: name })),
          ]}
          onChange={({ currentTarget: { value } }) =>
            onChange(value === WHOLE ? { layer: null } : { layer: value, role: null })
          }
        />
      )}
    </div>
  );
}
