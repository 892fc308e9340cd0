import { useState } from 'preact/hooks';
import { useAsked } from '../asking';
import { FormDialog, textIn } from '../live/forms';
import { ports } from '../ports';
import { Button } from '../ui/button';
import { SelectField, TextField } from '../ui/field';
import { say } from '../ui/toast';
import { oncall } from '../words/oncall';
import { changed, earlier, faultAt, firstRows, membersOf, type Row, rowOf, type Schedule, without } from './members';

const { schedules: words } = oncall;
const ROTATIONS = Object.entries(oncall.rotation).map(([value, text]) => ({ value, text }));
const ROLES = [
  { value: 'primary', text: oncall.primary },
  { value: 'secondary', text: oncall.secondary },
];

/** Makes the schedule of a team, or changes it: how often it hands off, and who takes turns in which order. */
export function ScheduleDialog({ schedule, onClose }: { schedule?: Schedule; onClose(): void }) {
  const [rows, setRows] = useState<readonly Row[]>(() => schedule?.members.map(rowOf) ?? firstRows());
  const [moved, setMoved] = useState(false);
  const people = useAsked('people', () => ports.oncall.people({}));
  const edit = (next: Row[]) => {
    setRows(next);
    setMoved(true);
  };
  const act = async (form: FormData) => {
    const { team } = await ports.oncall.createSchedule({
      team: schedule?.team ?? textIn(form, 'team'),
      rotation_type: textIn(form, 'rotation_type') as Schedule['rotation_type'],
      members: membersOf(rows),
    });
    say(schedule ? words.saved(team) : words.created(team));
  };
  const fields = membersOf(rows).flatMap((_, i) => ['name', 'email', 'role'].map((field) => `members.${i}.${field}`));
  const nameFor = (email: string) => people.value?.find((person) => person.email === email.trim().toLowerCase())?.name;
  return (
    <FormDialog
      title={schedule ? words.editTitle(schedule.team) : words.createTitle}
      verb={schedule ? words.editVerb : words.createVerb}
      fields={['team', 'rotation_type', ...fields]}
      changed={moved}
      onClose={onClose}
      act={act}
    >
      {(faults) => (
        <>
          {!schedule && (
            <TextField
              label={words.team}
              name="team"
              hint={words.teamHint}
              fault={faults['team']}
              required
              maxLength={255}
              autocomplete="off"
            />
          )}
          <SelectField
            label={words.rotation}
            name="rotation_type"
            fault={faults['rotation_type']}
            choices={ROTATIONS}
            value={schedule?.rotation_type ?? 'weekly'}
          />
          <p class="hint">{words.order}</p>
          {rows.map((row, index) => (
            <MemberRow
              key={row.key}
              row={row}
              number={index + 1}
              fault={(field) => faultAt(faults, rows, row.key, field)}
              onChange={(change) => {
                const filled = change.email !== undefined && row.name === '' ? nameFor(change.email) : undefined;
                edit(changed(rows, row.key, { ...change, ...(filled && { name: filled }) }));
              }}
              {...(index > 0 && { onUp: () => edit(earlier(rows, row.key)) })}
              {...(rows.length > 1 && { onRemove: () => edit(without(rows, row.key)) })}
            />
          ))}
          <datalist id="known-addresses">
            {(people.value ?? []).map(({ name, email }) => (
              <option value={email}>{name}</option>
            ))}
          </datalist>
          <div class="acts">
            <Button small icon="plus" onClick={() => edit([...rows, rowOf()])}>
              {words.add}
            </Button>
          </div>
        </>
      )}
    </FormDialog>
  );
}

interface MemberRowProps {
  row: Row;
  number: number;
  fault(field: string): string | undefined;
  onChange(change: Partial<Row>): void;
  onUp?(): void;
  onRemove?(): void;
}

function MemberRow({ row, number, fault, onChange, onUp, onRemove }: MemberRowProps) {
  const called = row.name.trim() || words.member(number);
  return (
    <fieldset class="stack tight member">
      <legend class="label">{words.member(number)}</legend>
      <TextField
        label={words.email}
        name={`email-${row.key}`}
        type="email"
        list="known-addresses"
        autocomplete="off"
        value={row.email}
        fault={fault('email')}
        onInput={(event) => onChange({ email: event.currentTarget.value })}
        required={number === 1}
        maxLength={255}
      />
      <TextField
        label={words.name}
        name={`name-${row.key}`}
        autocomplete="off"
        value={row.name}
        fault={fault('name')}
        onInput={(event) => onChange({ name: event.currentTarget.value })}
        required={number === 1}
        maxLength={255}
      />
      <SelectField
        label={words.role}
        name={`role-${row.key}`}
        value={row.role}
        fault={fault('role')}
        choices={ROLES}
        onChange={(event) => onChange({ role: event.currentTarget.value as Row['role'] })}
      />
      <div class="row">
        {onUp && <Button small quiet icon="up" label={words.up(called)} onClick={onUp} />}
        {onRemove && <Button small quiet icon="trash" label={words.take(called)} onClick={onRemove} />}
      </div>
    </fieldset>
  );
}
