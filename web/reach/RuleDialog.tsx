import { useSignal } from '@preact/signals';
import { Problem } from '../../src/kernel/ports/problem';
import { FormDialog, textIn } from '../live/forms';
import { reachRules as words } from '../text/reachRules';
import { TextField, Tick } from '../ui/field';
import { say } from '../ui/toast';
import { type Around, kindsOf, nameInWords, type Rule, type Urgency } from './rules';

const LAST_MINUTE = 1_440;

interface Props {
  urgency: Urgency;
  /** Absent: a new rule. */
  of: Rule | undefined;
  around: Around;
  onClose(): void;
  save(rule: Rule): Promise<unknown>;
}

/** Makes or changes a rule: its minute, its contact methods, and whether a delivered message skips it. */
export function RuleDialog({ urgency, of, around: { methods, channels }, onClose, save }: Props) {
  const { dialog } = words;
  const chosen = useSignal<readonly string[]>(of?.methods ?? []);
  const kinds = [...new Set([...kindsOf(channels), ...chosen.peek().filter((name) => name.startsWith('*'))])];
  const turn = (name: string, on: boolean) =>
    (chosen.value = on ? [...chosen.value, name] : chosen.value.filter((each) => each !== name));
  const tick = (name: string) => (
    <Tick
      key={name}
      label={capital(nameInWords(name, methods))}
      checked={chosen.value.includes(name)}
      onChange={({ currentTarget }) => turn(name, currentTarget.checked)}
    />
  );
  return (
    <FormDialog
      title={(of === undefined ? dialog.add : dialog.edit)(dialog.urgency[urgency])}
      verb={dialog.verb}
      onClose={onClose}
      names={[urgency, 'methods']}
      act={async (form) => {
        if (chosen.value.length === 0) throw refused(dialog.noneChosen);
        await save({
          after_minutes: Number(textIn(form, 'after_minutes')),
          methods: [...chosen.value],
          ...(form.has('unless') && { unless: 'delivered' as const }),
        });
        say(words.saved);
      }}
    >
      {(errors) => (
        <>
          <TextField
            label={dialog.minutes}
            name="after_minutes"
            type="number"
            inputMode="numeric"
            min={0}
            max={LAST_MINUTE}
            required
            defaultValue={String(of?.after_minutes ?? 0)}
            hint={dialog.minutesHint}
            fault={errors[urgency]}
          />
          <fieldset class="stack tight">
            <legend>{dialog.by}</legend>
            <p class="small second">{dialog.kinds}</p>
            {kinds.map(tick)}
            {methods.length > 0 && <p class="small second">{dialog.own}</p>}
            {methods.map(({ id }) => tick(id))}
            {errors['methods'] && (
              <p class="fault" role="alert">
                {errors['methods']}
              </p>
            )}
          </fieldset>
          <div class="stack tight">
            <Tick label={dialog.unless} name="unless" defaultChecked={of?.unless === 'delivered'} />
            <p class="hint">{dialog.unlessHint}</p>
          </div>
        </>
      )}
    </FormDialog>
  );
}

const refused = (message: string) => new Problem('invalid', message, { errors: [{ path: 'methods', message }] });

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
