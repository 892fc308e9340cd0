import { useState } from 'preact/hooks';
import { useAsked } from '../asking';
import { FormDialog, textIn } from '../live/forms';
import { ports } from '../ports';
import { isMe } from '../session';
import { SelectField, TextField } from '../ui/field';
import { now, when } from '../ui/times';
import { say } from '../ui/toast';
import { oncall } from '../words/oncall';

const { set: words } = oncall;
const OTHER = '';
const HOURS = 8;
const LONGEST_HOURS = 168;

/** Somebody takes a team over from now, for some hours and a reason. */
export function SetOverride({ team, onClose }: { team?: string; onClose(): void }) {
  const teams = useAsked('teams', () => ports.oncall.teams({}));
  const people = useAsked('people', () => ports.oncall.people({}));
  const [chosen, choose] = useState<string | null>(null);
  const [hours, setHours] = useState(HOURS);
  const known = [...(people.value ?? [])].sort((a, b) => Number(isMe(b.email)) - Number(isMe(a.email)));
  const who = chosen ?? known[0]?.email ?? OTHER;
  const until = now.value + Math.min(LONGEST_HOURS, Math.max(1, hours || 0)) * 3_600_000;
  const act = async (form: FormData) => {
    const person = known.find(({ email }) => email === who);
    const taken = team ?? textIn(form, 'team');
    const reason = textIn(form, 'reason');
    const { overridden_to } = await ports.oncall.setOverride({
      team: taken,
      user_name: person?.name ?? textIn(form, 'user_name'),
      user_email: person?.email ?? textIn(form, 'user_email'),
      duration_hours: Number(form.get('duration_hours')),
      ...(reason !== '' && { reason }),
    });
    say(words.done(overridden_to, taken));
  };
  return (
    <FormDialog
      title={words.title}
      verb={words.verb}
      fields={['team', 'user_name', 'user_email', 'duration_hours', 'reason']}
      onClose={onClose}
      act={act}
    >
      {(faults) => (
        <>
          {team === undefined && (
            <SelectField
              label={words.team}
              name="team"
              fault={faults['team']}
              choices={(teams.value ?? []).map(({ team: name }) => ({ value: name, text: name }))}
              required
            />
          )}
          <SelectField
            label={words.who}
            name="person"
            value={who}
            choices={[
              ...known.map(({ email, name }) => ({ value: email, text: isMe(email) ? words.me(name) : name })),
              { value: OTHER, text: words.other },
            ]}
            onChange={(event) => choose(event.currentTarget.value)}
          />
          {who === OTHER && (
            <>
              <TextField label={words.name} name="user_name" fault={faults['user_name']} required maxLength={255} />
              <TextField
                label={words.email}
                name="user_email"
                type="email"
                fault={faults['user_email']}
                required
                maxLength={255}
              />
            </>
          )}
          <TextField
            label={words.hours}
            name="duration_hours"
            type="number"
            min={1}
            max={LONGEST_HOURS}
            step={1}
            value={hours}
            onInput={(event) => setHours(event.currentTarget.valueAsNumber)}
            hint={words.hoursHint(when(until))}
            fault={faults['duration_hours']}
            required
          />
          <TextField
            label={words.reason}
            name="reason"
            fault={faults['reason']}
            placeholder={words.reasonHint}
            optional
            maxLength={1000}
          />
        </>
      )}
    </FormDialog>
  );
}
