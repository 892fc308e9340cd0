import { useState } from 'preact/hooks';
import { invalid } from '../../src/kernel/ports/problem';
import { FormDialog, textIn } from '../live/forms';
import { sentenceOf } from '../live/problems';
import { usePeople } from '../people';
import { ports, problemOf } from '../ports';
import { oncall } from '../text/oncall';
import { Button } from '../ui/button';
import { SelectField, TextField } from '../ui/field';
import { say } from '../ui/toast';
import { Conflict } from './Conflict';
import { changed, earlier, faultAt, firstRows, membersOf, type Row, rowOf, type Schedule, without } from './members';
import type { StoredDraft } from './useDraft';

const { schedules: words } = oncall;
const ROTATIONS = Object.entries(oncall.rotation).map(([value, text]) => ({ value, text }));
const ROLES = [
  { value: 'primary', text: oncall.primary },
  { value: 'secondary', text: oncall.secondary },
];

type Rotation = Schedule['rotation_type'];
interface Draft {
  rotation: Rotation;
  rows: readonly Row[];
}

const draftOf = ({ rotation_type, members }: Schedule): Draft => ({
  rotation: rotation_type,
  rows: members.map(rowOf),
});
const FIRST: Draft = { rotation: 'weekly', rows: firstRows() };

/** Creates or changes a simple schedule: its rotation and its members in order. */
export function ScheduleDialog({ schedule, onClose }: { schedule?: Schedule; onClose(): void }) {
  const editing = usePlainSchedule(schedule);
  const { draft, edit, theirs } = editing;
  const fields = membersOf(draft.rows).flatMap((_, i) => ['name', 'email', 'role'].map((key) => `members.${i}.${key}`));
  const saved = (team: string) => say(schedule ? words.saved(team) : words.created(team));
  return (
    <FormDialog
      title={schedule ? words.editTitle(schedule.team) : words.createTitle}
      verb={schedule ? words.editVerb : words.createVerb}
      names={['team', 'rotation_type', ...fields, SEEN]}
      changed={editing.changed}
      onClose={onClose}
      act={async (form) => saved(await editing.save(schedule?.team ?? textIn(form, 'team')))}
    >
      {(faults) => (
        <>
          <Conflict
            editing={editing}
            differs={words.differs(
              theirs === null
                ? ''
                : membersOf(theirs.draft.rows)
                    .map(({ name }) => name)
                    .join(', '),
            )}
            onSaved={() => {
              saved(schedule?.team ?? '');
              onClose();
            }}
          />
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
            value={draft.rotation}
            onChange={({ currentTarget }) => edit({ rotation: currentTarget.value as Rotation })}
          />
          <Members of={draft.rows} faults={faults} onChange={(rows) => edit({ rows })} />
        </>
      )}
    </FormDialog>
  );
}

/** The banner of a conflict: the edited version is not the latest any more. */
const SEEN = 'if_match';

/** A draft of the version that was opened; if another person saved meanwhile, their version is shown beside it. */
function usePlainSchedule(schedule: Schedule | undefined) {
  const [base, setBase] = useState(() => (schedule === undefined ? null : seenOf(schedule)));
  const [draft, setDraft] = useState(base?.draft ?? FIRST);
  const [theirs, setTheirs] = useState<StoredDraft<Draft> | null>(null);
  const [busy, setBusy] = useState(false);

  async function store(team: string, version: string | null): Promise<string> {
    try {
      const { rotation: rotation_type, rows } = draft;
      const match = version === null ? {} : { if_match: `"${version}"` };
      await ports.oncall.createSchedule({ team, rotation_type, members: membersOf(rows), ...match });
      return team;
    } catch (error) {
      if (problemOf(error).kind !== 'stale') throw error;
      setTheirs(seenOf(await ports.oncall.getSchedule({ team })));
      throw invalid([{ path: SEEN, message: words.meanwhile }]);
    }
  }

  return {
    ...{ draft, theirs, busy },
    changed: draft !== (base?.draft ?? FIRST),
    edit: (part: Partial<Draft>) => setDraft((all) => ({ ...all, ...part })),
    async save(team: string): Promise<string> {
      if (schedule === undefined) await requireNew(team);
      return store(team, base?.version ?? null);
    },
    takeTheirs() {
      if (theirs === null) return;
      setBase(theirs);
      setDraft(theirs.draft);
      setTheirs(null);
    },
    async keepMine(): Promise<boolean> {
      setBusy(true);
      try {
        await store(schedule?.team ?? '', theirs?.version ?? null);
        return true;
      } catch (error) {
        say(sentenceOf(problemOf(error)));
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}

const seenOf = (of: Schedule): StoredDraft<Draft> => ({ draft: draftOf(of), version: of.version });

/** Creates a schedule; never overwrites an existing one. */
async function requireNew(team: string): Promise<void> {
  const teams = await ports.oncall.teams({});
  if (teams.some((each) => each.team === team)) throw invalid([{ path: 'team', message: words.taken }]);
}

interface MembersProps {
  of: readonly Row[];
  faults: Record<string, string>;
  onChange(rows: readonly Row[]): void;
}

function Members({ of: rows, faults, onChange }: MembersProps) {
  const people = usePeople();
  const nameFor = (email: string) => people.value?.find((person) => person.email === email.trim().toLowerCase())?.name;
  return (
    <>
      <p class="hint">{words.order}</p>
      {rows.map((row, index) => (
        <MemberRow
          key={row.key}
          row={row}
          number={index + 1}
          fault={(field) => faultAt(faults, rows, row.key, field)}
          onChange={(change) => {
            const filled = change.email !== undefined && row.name === '' ? nameFor(change.email) : undefined;
            onChange(changed(rows, row.key, { ...change, ...(filled && { name: filled }) }));
          }}
          {...(index > 0 && { onUp: () => onChange(earlier(rows, row.key)) })}
          {...(rows.length > 1 && { onRemove: () => onChange(without(rows, row.key)) })}
        />
      ))}
      <datalist id="known-addresses">
        {(people.value ?? []).map(({ name, email }) => (
          <option value={email}>{name}</option>
        ))}
      </datalist>
      <div class="acts">
        <Button small icon="plus" onClick={() => onChange([...rows, rowOf()])}>
          {words.add}
        </Button>
      </div>
    </>
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
        {onUp && (
          <Button small quiet icon="up" onClick={onUp}>
            {words.up}
            <span class="sr"> {called}</span>
          </Button>
        )}
        {onRemove && (
          <Button small quiet icon="trash" onClick={onRemove}>
            {words.take}
            <span class="sr"> {called}</span>
          </Button>
        )}
      </div>
    </fieldset>
  );
}
