import { scheduleWords as words } from '../../text/schedule';
import { Button } from '../../ui/button';
import { SelectField, TextField } from '../../ui/field';
import { instantOfLocal, localAt } from '../calendar/zones';
import { type DraftLayer, type Member, ROLES, type Role, type Rotation, UNITS, type Unit } from './draft';
import { Turns } from './Turns';
import { Windows } from './Windows';

/** One layer of a draft: name, role, rotation and windows. */

interface LayerCardProps {
  of: DraftLayer;
  number: number;
  last: boolean;
  zone: string;
  people: readonly Member[];
  /** Errors of this layer by the rest of their path, such as `rotation.length`. */
  faults: Record<string, string>;
  onChange(change: Partial<DraftLayer>): void;
  onMove(by: 1 | -1): void;
  onRemove(): void;
}

const MOST_UNITS = 1_000;

export function LayerCard(props: LayerCardProps) {
  const { of, number, last, people, onChange, onMove, onRemove } = props;
  const rotate = (change: Partial<Rotation>) => onChange({ rotation: { ...of.rotation, ...change } });
  return (
    <section class="card" aria-label={`${words.layer(number)}, ${of.name}`}>
      <header>
        <h2 class="clip">{of.name || words.layer(number)}</h2>
        <span class="row end">
          {number > 1 && <Button small quiet icon="up" label={words.earlier(of.name)} onClick={() => onMove(-1)} />}
          {!last && <Button small quiet icon="down" label={words.later(of.name)} onClick={() => onMove(1)} />}
          <Button small quiet icon="trash" onClick={onRemove}>
            {words.remove}
            <span class="sr"> {of.name}</span>
          </Button>
        </span>
      </header>
      <div class="pad stack">
        <Identity {...props} />
        <RotationFields of={of} faults={props.faults} onChange={rotate} />
        <Turns of={of.rotation.slots} people={people} onChange={(slots) => rotate({ slots })} />
        <Windows of={of.restrictions} onChange={(restrictions) => onChange({ restrictions })} />
        {of.restrictions.length > 0 && <TurnsCount of={of.rotation} onChange={rotate} />}
        <Limits {...props} />
      </div>
    </section>
  );
}

function Identity({ of, faults, onChange }: LayerCardProps) {
  return (
    <div class="fields">
      <TextField
        label={words.name}
        name="layer-name"
        required
        maxLength={255}
        value={of.name}
        fault={faults['name']}
        onInput={({ currentTarget }) => onChange({ name: currentTarget.value })}
      />
      <SelectField
        label={words.role}
        name="layer-role"
        value={of.role}
        choices={ROLES.map((role) => ({ value: role, text: words.roles[role] }))}
        onChange={({ currentTarget }) => onChange({ role: currentTarget.value as Role })}
      />
      <TextField
        label={words.level}
        name="layer-level"
        type="number"
        min={0}
        max={100}
        value={of.level}
        hint={words.levelHint}
        fault={faults['level']}
        onInput={({ currentTarget }) => onChange({ level: Number(currentTarget.value) })}
      />
    </div>
  );
}

interface RotationProps {
  of: DraftLayer;
  faults: Record<string, string>;
  onChange(change: Partial<Rotation>): void;
}

function RotationFields({ of: { rotation }, faults, onChange }: RotationProps) {
  const plural = rotation.length === 1 ? 0 : 1;
  return (
    <div class="fields">
      <TextField
        label={words.every}
        name="length"
        type="number"
        min={1}
        max={MOST_UNITS}
        value={rotation.length}
        fault={faults['rotation.length']}
        onInput={({ currentTarget }) => onChange({ length: Math.max(1, Math.floor(Number(currentTarget.value))) })}
      />
      <SelectField
        label={words.unit}
        name="unit"
        value={rotation.unit}
        choices={UNITS.map((unit) => ({ value: unit, text: words.units[unit][plural] as string }))}
        onChange={({ currentTarget }) => onChange({ unit: currentTarget.value as Unit })}
      />
      <TextField
        label={words.handoff}
        name="handoff"
        type="datetime-local"
        required
        value={rotation.handoff}
        hint={words.handoffHint}
        fault={faults['rotation.handoff']}
        onInput={({ currentTarget }) => onChange({ handoff: currentTarget.value })}
      />
    </div>
  );
}

const TurnsCount = ({ of, onChange }: { of: Rotation; onChange(change: Partial<Rotation>): void }) => (
  <SelectField
    label={words.turns}
    name="turns"
    value={of.turns}
    choices={(['always', 'in_restrictions'] as const).map((value) => ({ value, text: words.turnsOf[value] }))}
    onChange={({ currentTarget }) => onChange({ turns: currentTarget.value as Rotation['turns'] })}
  />
);

/** The span in which a layer applies. The draft holds instants; the fields show local times of the schedule. */
function Limits({ of, zone, faults, onChange }: LayerCardProps) {
  const shown = (instant: string | null) => (instant === null ? '' : localAt(zone, Date.parse(instant)));
  const read = (local: string) => (local === '' ? null : new Date(instantOfLocal(zone, local)).toISOString());
  return (
    <details open={of.starts_at !== null || of.ends_at !== null}>
      <summary class="small">{words.limits}</summary>
      <div class="fields">
        <TextField
          label={words.startsAt}
          name="starts-at"
          type="datetime-local"
          optional
          value={shown(of.starts_at)}
          fault={faults['starts_at']}
          onInput={({ currentTarget }) => onChange({ starts_at: read(currentTarget.value) })}
        />
        <TextField
          label={words.endsAt}
          name="ends-at"
          type="datetime-local"
          optional
          value={shown(of.ends_at)}
          fault={faults['ends_at']}
          onInput={({ currentTarget }) => onChange({ ends_at: read(currentTarget.value) })}
        />
      </div>
    </details>
  );
}
