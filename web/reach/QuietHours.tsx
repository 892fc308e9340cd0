import { useSignal } from '@preact/signals';
import { Problem } from '../../src/kernel/ports/problem';
import { FormDialog, textIn } from '../live/forms';
import { fullSentenceOf } from '../live/problems';
import { problemOf } from '../ports';
import { reachRules } from '../text/reachRules';
import { Button } from '../ui/button';
import { TextField, Tick } from '../ui/field';
import { HERE } from '../ui/times';
import { say } from '../ui/toast';
import { saveRules } from './ruleStore';
import { DAYS, quietInWords, type Rules } from './rules';

const { quiet: words } = reachRules;

interface Props {
  person: string;
  rules: Rules;
  onSaved(): Promise<void>;
}

/** The quiet hours of the viewer in words, with their changes. */
export function QuietHoursPart({ person, rules, onSaved }: Props) {
  const editing = useSignal(false);
  const own = rules.quiet_hours;
  const off = async () => {
    try {
      await saveRules(person, rules, { quiet_hours: null });
      say(words.turnedOff);
    } catch (error) {
      say(fullSentenceOf(problemOf(error)));
    }
    await onSaved();
  };
  const close = () => {
    editing.value = false;
    void onSaved();
  };
  return (
    <section class="pad stack tight rules" aria-label={words.title}>
      <h3>{words.title}</h3>
      <p>{own === null ? words.none : quietInWords(own)}</p>
      {own !== null && <p class="small second">{words.effect}</p>}
      <div class="acts">
        <Button small onClick={() => (editing.value = true)}>
          {own === null ? words.set : words.change}
          {own !== null && <span class="sr">: {words.title}</span>}
        </Button>
        {own !== null && (
          <Button small quiet onClick={() => void off()}>
            {words.off}
            <span class="sr">: {words.title}</span>
          </Button>
        )}
      </div>
      {editing.value && <QuietDialog person={person} rules={rules} onClose={close} />}
    </section>
  );
}

function QuietDialog({ person, rules, onClose }: { person: string; rules: Rules; onClose(): void }) {
  const { dialog } = words;
  const own = rules.quiet_hours;
  return (
    <FormDialog
      title={dialog.title}
      verb={dialog.verb}
      text={words.effect}
      onClose={onClose}
      names={['quiet_hours.from', 'quiet_hours.to', 'quiet_hours.time_zone', 'quiet_hours.days']}
      act={async (form) => {
        const days = DAYS.filter((day) => form.has(day));
        if (days.length === 0) throw noDay();
        const zone = textIn(form, 'time_zone');
        const quiet = { from: textIn(form, 'from'), to: textIn(form, 'to') };
        await saveRules(person, rules, {
          quiet_hours: {
            ...quiet,
            ...(days.length < DAYS.length && { days }),
            ...(zone !== '' && { time_zone: zone }),
          },
        });
        say(words.saved);
      }}
    >
      {(errors) => (
        <>
          <div class="stack">
            <TextField
              label={dialog.from}
              name="from"
              type="time"
              required
              defaultValue={own?.from ?? '22:00'}
              fault={errors['quiet_hours.from']}
            />
            <TextField
              label={dialog.to}
              name="to"
              type="time"
              required
              defaultValue={own?.to ?? '07:00'}
              hint={dialog.toHint}
              fault={errors['quiet_hours.to']}
            />
          </div>
          <fieldset class="stack tight">
            <legend>{dialog.days}</legend>
            <div class="ticks">
              {DAYS.map((day) => (
                <Tick key={day} label={words.days[day]} name={day} defaultChecked={own?.days?.includes(day) ?? true} />
              ))}
            </div>
            {errors['quiet_hours.days'] && (
              <p class="fault" role="alert">
                {errors['quiet_hours.days']}
              </p>
            )}
          </fieldset>
          <TextField
            label={dialog.zone}
            name="time_zone"
            list="time-zones"
            autocomplete="off"
            maxLength={100}
            defaultValue={own === null ? HERE : (own.time_zone ?? '')}
            hint={dialog.zoneHint}
            fault={errors['quiet_hours.time_zone']}
          />
          <datalist id="time-zones">
            {Intl.supportedValuesOf('timeZone').map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </>
      )}
    </FormDialog>
  );
}

const noDay = () =>
  new Problem('invalid', words.dialog.noDay, { errors: [{ path: 'quiet_hours.days', message: words.dialog.noDay }] });
