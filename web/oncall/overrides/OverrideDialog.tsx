import { useState } from 'preact/hooks';
import type { Problem } from '../../../src/kernel/problem';
import { ProblemBanner } from '../../live/problems';
import { faultsOf, ports, problemOf } from '../../ports';
import { Dialog } from '../../ui/dialog';
import { SelectField, TextField } from '../../ui/field';
import { say } from '../../ui/toast';
import { overrideWords as words } from '../../words/oncallTeam';
import { SpanFields } from './SpanFields';
import { faultOf, type Kind, type Known, needsIn, needsOut, questionOf, type Wish, type WishFault } from './wish';

/** The form in which every override ends, drawn by hand, chosen by keys or typed. */

interface OverrideDialogProps {
  team: string;
  zone: string;
  began: Wish;
  /** Layers by name, for those that change what one layer gives. */
  layers: readonly string[];
  people: readonly Known[];
  onClose(): void;
  onSet(): void;
}

/** A planned gap is a takeover by nobody; the form offers it by its own name. */
type Choice = Kind | 'gap';

export function OverrideDialog({ team, zone, began, layers, people, onClose, onSet }: OverrideDialogProps) {
  const [wish, setWish] = useState(began);
  const [planned, plan] = useState(false);
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState<WishFault | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const change = (part: Partial<Wish>) => setWish((all) => ({ ...all, ...part }));

  async function submit(): Promise<void> {
    const fault = faultOf(wish, planned);
    const question = questionOf(planned ? { ...wish, name: '', email: '' } : wish, team, zone, people);
    const unnamed = fault === null && !planned && needsIn(wish.kind) && question.in === null;
    setMissing(unnamed ? 'email' : fault);
    if (fault !== null || unnamed) return;
    setBusy(true);
    try {
      await ports.oncall.addOverride(question);
      say(words.set);
      onSet();
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  }

  const faults = {
    ...(problem !== null && faultsOf(problem)),
    ...(missing !== null && { [missing]: words.faults[missing] }),
  };
  const choose = (choice: Choice) => {
    plan(choice === 'gap');
    change({ kind: choice === 'gap' ? 'takeover' : choice });
  };
  return (
    <Dialog title={words.title} verb={words.verb} busy={busy} onClose={onClose} onSubmit={() => void submit()}>
      {problem !== null && <ProblemBanner problem={problem} />}
      <SelectField
        label={words.kind}
        name="kind"
        value={planned ? 'gap' : wish.kind}
        choices={Object.entries(words.kinds).map(([value, text]) => ({ value, text }))}
        onChange={({ currentTarget }) => choose(currentTarget.value as Choice)}
      />
      <Whom wish={wish} planned={planned} people={people} faults={faults} onChange={change} />
      <Scope wish={wish} layers={layers} onChange={change} />
      <SpanFields of={wish} zone={zone} faults={faults} onChange={change} />
      <TextField
        label={words.reason}
        name="reason"
        optional
        maxLength={1000}
        value={wish.reason}
        fault={faults['reason']}
        onInput={({ currentTarget }) => change({ reason: currentTarget.value })}
      />
    </Dialog>
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
      <SelectField
        label={words.layer}
        name="layer"
        value={wish.layer ?? WHOLE}
        choices={[{ value: WHOLE, text: words.wholeSchedule }, ...layers.map((name) => ({ value: name, text: name }))]}
        onChange={({ currentTarget: { value } }) =>
          onChange(value === WHOLE ? { layer: null } : { layer: value, role: null })
        }
      />
    </div>
  );
}
