import { Confirm, FormDialog, textIn } from '../live/forms';
import { ports } from '../ports';
import { services as words } from '../text/services';
import { SelectField, TextField } from '../ui/field';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';

/** The dialogs that set and forget the owner of a service. */

interface SetOwnerProps {
  /** The service; absent if the person names it. */
  service?: string | undefined;
  team?: string | null;
  onClose(): void;
}

export function SetOwner({ service: known, team = null, onClose }: SetOwnerProps) {
  const teams = useQuery('teams', () => ports.oncall.teams({}), { modules: ['oncall'] });
  const { dialog } = words;
  const act = async (form: FormData) => {
    const answer = await ports.oncall.setService({
      service: known ?? textIn(form, 'service'),
      team: textIn(form, 'team'),
    });
    say(dialog.done(answer.service, answer.team));
  };
  return (
    <FormDialog
      title={known === undefined ? dialog.add : dialog.edit(known)}
      verb={dialog.verb}
      fields={['service', 'team']}
      onClose={onClose}
      act={act}
    >
      {(faults) => (
        <>
          {known === undefined && (
            <TextField
              label={dialog.service}
              name="service"
              hint={dialog.serviceHint}
              fault={faults['service']}
              required
              maxLength={255}
              autocomplete="off"
            />
          )}
          <SelectField
            key={teams.value ? 'known' : 'asked'}
            label={dialog.team}
            name="team"
            fault={faults['team']}
            choices={(teams.value ?? []).map((each) => ({ value: each.team, text: each.team }))}
            value={team ?? ''}
            required
          />
          {teams.value?.length === 0 && (
            <p class="hint">
              {words.noTeams.text} <a href="/oncall?tab=schedules">{words.noTeams.go}</a>
            </p>
          )}
        </>
      )}
    </FormDialog>
  );
}

export const ForgetOwner = ({ service, onClose }: { service: string; onClose(): void }) => (
  <Confirm
    {...words.forgetting}
    title={words.forgetting.title(service)}
    onClose={onClose}
    act={async () => {
      await ports.oncall.deleteService({ service });
      say(words.forgetting.done(service));
    }}
  />
);
