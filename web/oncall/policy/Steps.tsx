import { policyWords as words } from '../../text/policy';
import { Button } from '../../ui/button';
import { SelectField, TextField, Tick } from '../../ui/field';
import { changedAt, movedItem, without } from '../schedule/draft';
import {
  kindOf,
  newStep,
  type Policy,
  type Step,
  TARGET_KINDS,
  type Target,
  type TargetKind,
  targetOfKind,
} from './draft';

/** The steps of a policy with their fields: targets and wait. */

export interface Around {
  /** The team of the policy. */
  team: string;
  teams: readonly string[];
  /** Errors by path, such as `steps.0.targets.1.email`. */
  faults: Record<string, string>;
}

const LONGEST_WAIT = 1_440;
const MOST_ACKNOWLEDGEMENTS = 10;

interface StepsProps {
  of: Policy['steps'];
  around: Around;
  onChange(steps: Step[]): void;
}

export function Steps({ of, around, onChange }: StepsProps) {
  return (
    <>
      <ol class="ladder open">
        {of.map((step, index) => (
          <li key={index}>
            <span class="rung" aria-hidden="true">
              {index + 1}
            </span>
            <StepFields
              of={step}
              number={index + 1}
              around={around}
              path={`steps.${index}`}
              onChange={(changed) => onChange(changedAt(of, index, () => changed))}
            />
            <span class="row">
              {index > 0 && (
                <Button
                  small
                  quiet
                  icon="up"
                  label={words.up(words.step(index + 1))}
                  onClick={() => onChange(movedItem(of, index, -1))}
                />
              )}
              {of.length > 1 && (
                <Button
                  small
                  quiet
                  icon="trash"
                  label={words.remove(words.step(index + 1))}
                  onClick={() => onChange(without(of, index))}
                />
              )}
            </span>
          </li>
        ))}
      </ol>
      <div class="pad">
        <Button small icon="plus" onClick={() => onChange([...of, newStep(around.team)])}>
          {words.addStep}
        </Button>
      </div>
    </>
  );
}

interface StepFieldsProps {
  of: Step;
  number: number;
  around: Around;
  path: string;
  onChange(step: Step): void;
}

function StepFields({ of, number, around, path, onChange }: StepFieldsProps) {
  const targets = (changed: Target[]) => onChange({ ...of, targets: changed });
  return (
    <fieldset class="stack tight">
      <legend class="sr">{words.step(number)}</legend>
      {of.targets.map((target, index) => (
        <div class="fields" key={index}>
          <TargetFields
            of={target}
            around={around}
            path={`${path}.targets.${index}`}
            onChange={(changed) => targets(changedAt(of.targets, index, () => changed))}
          />
          {of.targets.length > 1 && (
            <Button
              small
              quiet
              icon="x"
              label={words.remove(words.kinds[kindOf(target)])}
              onClick={() => targets(without(of.targets, index))}
            />
          )}
        </div>
      ))}
      <div>
        <Button
          small
          quiet
          icon="plus"
          onClick={() => targets([...of.targets, targetOfKind('room', null, around.team)])}
        >
          {words.addTarget}
        </Button>
      </div>
      <Tick
        label={words.inTurnTick}
        checked={of.round_robin === true}
        onChange={({ currentTarget }) => onChange({ ...of, round_robin: currentTarget.checked })}
      />
      {of.round_robin && <p class="small muted">{words.inTurnHint}</p>}
      <TextField
        label={words.acksLabel}
        hint={words.acksHint}
        name={`acknowledgements-${number}`}
        type="number"
        min={1}
        max={MOST_ACKNOWLEDGEMENTS}
        required
        value={of.acknowledgements ?? 1}
        fault={around.faults[`${path}.acknowledgements`]}
        onInput={({ currentTarget }) => onChange({ ...of, acknowledgements: Number(currentTarget.value) })}
      />
      <TextField
        label={words.waitMinutes}
        name={`wait-${number}`}
        type="number"
        min={1}
        max={LONGEST_WAIT}
        required
        value={of.wait_minutes}
        fault={around.faults[`${path}.wait_minutes`]}
        onInput={({ currentTarget }) => onChange({ ...of, wait_minutes: Number(currentTarget.value) })}
      />
    </fieldset>
  );
}

interface TargetProps {
  of: Target;
  around: Around;
  path: string;
  onChange(target: Target): void;
}

function TargetFields({ of, around, path, onChange }: TargetProps) {
  return (
    <>
      <SelectField
        label={words.targets}
        name={`${path}.kind`}
        value={kindOf(of)}
        choices={TARGET_KINDS.map((kind) => ({ value: kind, text: words.kinds[kind] }))}
        onChange={({ currentTarget }) => onChange(targetOfKind(currentTarget.value as TargetKind, of, around.team))}
      />
      {'team' in of && (
        <SelectField
          label={words.team}
          name={`${path}.team`}
          value={of.team}
          choices={[...new Set([of.team, ...around.teams])].map((team) => ({ value: team, text: team }))}
          fault={around.faults[`${path}.team`]}
          onChange={({ currentTarget }) => onChange({ ...of, team: currentTarget.value })}
        />
      )}
      {of.kind === 'schedule' && of.role === 'secondary' && (
        <Tick
          label={words.orPrimaryTick}
          checked={of.or_primary}
          onChange={({ currentTarget }) => onChange({ ...of, or_primary: currentTarget.checked })}
        />
      )}
      {of.kind === 'person' && (
        <TextField
          label={words.person}
          name={`${path}.email`}
          type="email"
          required
          list="people-known"
          value={of.email}
          hint={words.personHint}
          fault={around.faults[`${path}.email`]}
          onInput={({ currentTarget }) => onChange({ kind: 'person', email: currentTarget.value })}
        />
      )}
      {of.kind === 'room' && (
        <TextField
          label={words.room}
          name={`${path}.address`}
          required
          maxLength={500}
          value={of.address}
          hint={words.roomHint}
          fault={around.faults[`${path}.address`]}
          onInput={({ currentTarget }) => onChange({ kind: 'room', address: currentTarget.value })}
        />
      )}
    </>
  );
}
