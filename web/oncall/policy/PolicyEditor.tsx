import { useEffect, useState } from 'preact/hooks';
import { FormDialog } from '../../live/forms';
import { ProblemBanner, sentenceOf } from '../../live/problems';
import { usePeople } from '../../people';
import { faultsOf, ports, problemOf } from '../../ports';
import { policyWords as words } from '../../text/policy';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { TextField } from '../../ui/field';
import { useUnsavedGuard } from '../../ui/page';
import { HERE } from '../../ui/times';
import { say } from '../../ui/toast';
import { useQuery } from '../../useQuery';
import { Conflict } from '../Conflict';
import type { Restriction } from '../schedule/draft';
import { Windows } from '../schedule/Windows';
import { type DraftState, useDraft } from '../useDraft';
import { useFocused } from '../useFocusField';
import { type Policy, policyOf, type Stored } from './draft';
import { Steps } from './Steps';

/** The editor of a policy. */
interface PolicyEditorProps {
  stored: Stored;
  /** The step named in the link that opened the page; null for none. */
  step: number | null;
  /** Receives the draft policy; null without changes. */
  onDraft(draft: Policy | null): void;
  onDone(): void;
}

export function PolicyEditor({ stored, step, onDraft, onDone }: PolicyEditorProps) {
  const { team } = stored;
  const teams = useQuery('teams', () => ports.oncall.teams({}));
  const people = usePeople();
  const editing = usePolicy(stored);
  useUnsavedGuard(editing.changed);
  useFocused(step === null ? null : `steps.${step - 1}.targets.0.kind`);
  const { draft, problem, edit } = editing;
  useEffect(() => onDraft(editing.changed ? draft : null), [draft, editing.changed]);
  const faults = problem === null ? {} : faultsOf(problem);
  const saved = () => {
    say(words.saved);
    onDone();
  };
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void editing.save().then((done) => done && saved());
      }}
    >
      <Conflict editing={editing} differs={words.differs(editing.theirs?.draft.steps.length ?? 0)} onSaved={saved} />
      {problem !== null && <ProblemBanner problem={problem} />}
      <Card
        title={words.heading}
        end={<span class="muted">{words.lead}</span>}
        footer={<SaveBar editing={editing} stored={stored} onDone={onDone} />}
      >
        <Steps
          of={draft.steps}
          around={{ team, teams: (teams.value ?? []).map((each) => each.team), faults }}
          onChange={(steps) => edit((all) => ({ ...all, steps }))}
        />
        <Rest of={draft} faults={faults} onChange={(change) => edit((all) => ({ ...all, ...change }))} />
      </Card>
      <datalist id="people-known">
        {(people.value ?? []).map(({ name, email }) => (
          <option key={email} value={email}>
            {name}
          </option>
        ))}
      </datalist>
    </form>
  );
}

const seenOf = (stored: Stored) => ({ draft: policyOf(stored), version: stored.version });

const usePolicy = (stored: Stored): DraftState<Policy> =>
  useDraft<Policy>({
    seen: seenOf(stored),
    empty: policyOf(stored),
    load: async () => seenOf(await ports.oncall.getPolicy({ team: stored.team })),
    store: async (draft, version) =>
      seenOf(
        await ports.oncall.putPolicy({
          team: stored.team,
          ...draft,
          ...(version !== null && { if_match: `"${version}"` }),
        }),
      ),
  });

interface RestProps {
  of: Policy;
  faults: Record<string, string>;
  onChange(change: Partial<Policy>): void;
}

const MOST_ROUNDS_MORE = 10;
const LONGEST_TIMEOUT = 10_080;
const OFFICE: Restriction = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00' };

function Rest({ of, faults, onChange }: RestProps) {
  return (
    <div class="pad stack">
      <div class="fields">
        <TextField
          label={words.repeat}
          name="repeat"
          type="number"
          min={0}
          max={MOST_ROUNDS_MORE}
          required
          value={of.repeat}
          fault={faults['repeat']}
          onInput={({ currentTarget }) => onChange({ repeat: Number(currentTarget.value) })}
        />
        <TextField
          label={words.ack}
          name="ack-timeout"
          type="number"
          min={1}
          max={LONGEST_TIMEOUT}
          optional
          value={of.ack_timeout_minutes ?? ''}
          hint={words.ackHint}
          fault={faults['ack_timeout_minutes']}
          onInput={({ currentTarget: { value } }) =>
            onChange({ ack_timeout_minutes: value === '' ? null : Number(value) })
          }
        />
      </div>
      <Hours of={of} faults={faults} onChange={onChange} />
    </div>
  );
}

function Hours({ of: { support_hours: hours }, faults, onChange }: RestProps) {
  if (hours === null) {
    return (
      <div class="stack tight">
        <span class="label">{words.hours}</span>
        <p class="small second">{words.noHours}</p>
        <div>
          <Button
            small
            icon="plus"
            onClick={() => onChange({ support_hours: { time_zone: HERE, restrictions: [withDays(OFFICE)] } })}
          >
            {words.addHours}
          </Button>
        </div>
      </div>
    );
  }
  return (
    <fieldset class="stack tight">
      <legend class="label">{words.hours}</legend>
      <p class="small second">{words.hoursHint}</p>
      <TextField
        label={words.zone}
        name="support-zone"
        required
        maxLength={64}
        value={hours.time_zone}
        fault={faults['support_hours.time_zone']}
        onInput={({ currentTarget }) => onChange({ support_hours: { ...hours, time_zone: currentTarget.value } })}
      />
      <Windows
        of={hours.restrictions}
        onChange={(restrictions) =>
          onChange({
            support_hours: restrictions.length === 0 ? null : { ...hours, restrictions: restrictions.map(withDays) },
          })
        }
      />
      <div>
        <Button small quiet icon="trash" onClick={() => onChange({ support_hours: null })}>
          {words.removeHours}
        </Button>
      </div>
    </fieldset>
  );
}

/** All days are sent as an empty list. */
const withDays = ({ days, from, to }: Restriction) => ({ ...(days != null && { days }), from, to });

function SaveBar({ editing, stored, onDone }: { editing: DraftState<Policy>; stored: Stored; onDone(): void }) {
  const [asking, ask] = useState(false);
  const forget = async () => {
    ask(false);
    try {
      await ports.oncall.deletePolicy({ team: stored.team });
      say(words.wentBack);
      onDone();
    } catch (error) {
      say(sentenceOf(problemOf(error)));
    }
  };
  return (
    <div class="acts">
      <Button type="submit" main busy={editing.busy} disabled={!editing.changed && words.nothingChanged}>
        {words.save}
      </Button>
      <Button onClick={editing.changed ? editing.discard : onDone}>
        {editing.changed ? words.discard : words.stopEditing}
      </Button>
      {!stored.is_default && (
        <Button quiet onClick={() => ask(true)}>
          {words.toDefault}
        </Button>
      )}
      {asking && (
        <FormDialog title={words.toDefaultTitle} verb={words.toDefault} onClose={() => ask(false)} act={forget}>
          <p>{words.toDefaultText}</p>
        </FormDialog>
      )}
    </div>
  );
}
