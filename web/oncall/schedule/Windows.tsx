import { scheduleWords as words } from '../../text/schedule';
import { Button } from '../../ui/button';
import { TextField, Tick } from '../../ui/field';
import { changedAt, DAYS, type Restriction, type WeekDay, without } from './draft';

/** The local times in which a layer applies. Without a window it always applies. */

interface WindowsProps {
  of: readonly Restriction[];
  /** What the times are called; without it as restrictions of a layer. */
  texts?: { restrictions: string; always: string; addWindow: string };
  onChange(restrictions: Restriction[]): void;
}

const OFFICE: Restriction = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00' };

export function Windows({ of, texts = words, onChange }: WindowsProps) {
  return (
    <fieldset class="stack tight">
      <legend class="label">{texts.restrictions}</legend>
      {of.length === 0 && <p class="small second">{texts.always}</p>}
      {of.map((restriction, index) => (
        <WindowRow
          key={index}
          number={index + 1}
          of={restriction}
          onChange={(changed) => onChange(changedAt(of, index, () => changed))}
          onRemove={() => onChange(without(of, index))}
        />
      ))}
      <div>
        <Button small icon="plus" onClick={() => onChange([...of, OFFICE])}>
          {texts.addWindow}
        </Button>
      </div>
    </fieldset>
  );
}

interface WindowRowProps {
  number: number;
  of: Restriction;
  onChange(restriction: Restriction): void;
  onRemove(): void;
}

function WindowRow({ number, of, onChange, onRemove }: WindowRowProps) {
  const days = of.days ?? [...DAYS];
  const toggled = (day: WeekDay): WeekDay[] => DAYS.filter((each) => (each === day) !== days.includes(each));
  const change = (change: Partial<Restriction>) => onChange({ ...of, ...change });
  const runs = of.from === of.to ? words.wholeDay : of.to < of.from ? words.overnight : undefined;
  return (
    <fieldset class="row wrap window">
      <legend class="sr">{words.window(number)}</legend>
      <div class="row wrap">
        {DAYS.map((day) => (
          <Tick
            key={day}
            label={words.days[day]}
            checked={days.includes(day)}
            disabled={days.length === 1 && days.includes(day)}
            onChange={() => change({ days: toggled(day).length === DAYS.length ? null : toggled(day) })}
          />
        ))}
      </div>
      <TextField
        label={words.from}
        name={`from-${number}`}
        type="time"
        required
        value={of.from}
        onInput={({ currentTarget }) => change({ from: currentTarget.value })}
      />
      <TextField
        label={words.to}
        name={`to-${number}`}
        type="time"
        required
        value={of.to}
        hint={runs}
        onInput={({ currentTarget }) => change({ to: currentTarget.value })}
      />
      <Button small quiet icon="trash" onClick={onRemove}>
        {words.remove}
        <span class="sr"> {words.window(number)}</span>
      </Button>
    </fieldset>
  );
}
