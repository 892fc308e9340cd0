import { usePeople } from '../../people';
import { ports } from '../../ports';
import { HERE, now } from '../../ui/times';
import { useQuery } from '../../useQuery';
import { OverrideDialog } from './OverrideDialog';
import { newOverride } from './overrideForm';

/** The override form outside the calendar: from now on, in the viewer's zone, for a given or chosen team. */
export function SetOverride({ team = null, onClose }: { team?: string | null; onClose(): void }) {
  const teams = useQuery(team === null ? 'teams' : null, () => ports.oncall.teams({}), { modules: ['oncall'] });
  const people = usePeople();
  return (
    <OverrideDialog
      team={team}
      teams={(teams.value ?? []).map((each) => each.team).sort((a, b) => a.localeCompare(b))}
      zone={HERE}
      began={newOverride({ zone: HERE }, now.peek())}
      layers={[]}
      people={people.value ?? []}
      onClose={onClose}
      onSet={onClose}
    />
  );
}
