import type { FormField } from '../live/formFields';
import { Confirm, FormDialog, textIn } from '../live/forms';
import { ports } from '../ports';
import { services as words } from '../text/services';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';

/** The dialogs that set and remove the owner of a service. */

interface SetOwnerProps {
  /** The service; absent if a field asks for it. */
  service?: string | undefined;
  team?: string | null;
  onClose(): void;
}

const SERVICE: FormField = {
  ...{ name: 'service', label: words.dialog.service, hint: words.dialog.serviceHint },
  ...{ required: true, maxLength: 255, autocomplete: 'off' },
};

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
      onClose={onClose}
      act={act}
      fields={[
        ...(known === undefined ? [SERVICE] : []),
        {
          ...{ kind: 'select', name: 'team', label: dialog.team, required: true, value: team ?? '' },
          choices: (teams.value ?? []).map((each) => ({ value: each.team, text: each.team })),
        },
      ]}
    >
      {teams.value?.length === 0 && (
        <p class="hint">
          {words.noTeams.text} <a href="/oncall?tab=schedules">{words.noTeams.go}</a>
        </p>
      )}
    </FormDialog>
  );
}

export const RemoveOwner = ({ service, onClose }: { service: string; onClose(): void }) => (
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
