import { LateSearch } from '../live/ListCard';
import { usePeople } from '../people';
import { ports } from '../ports';
import { useServices } from '../services/known';
import { incidents as words } from '../text/incidents';
import { Button } from '../ui/button';
import { SEVERITY_CHOICES } from '../ui/choices';
import { Chip } from '../ui/navigation';
import { useQuery } from '../useQuery';
import { hrefOf, isFiltered, type View, viewOf } from './view';

/** Search and filters of the list; a selection changes the address. */
export function Filters({ view, onView }: { view: View; onView(to: string): void }) {
  const services = useServices();
  const set = (change: Partial<View>) => onView(hrefOf(view, change));
  const teams = useQuery('teams', () => ports.oncall.teams({}), { modules: ['oncall'] });
  const people = usePeople();
  const names = [...new Set(services.map(({ service }) => service))].sort();
  return (
    <search class="bar" aria-label={words.filter}>
      <LateSearch label={words.search} hint={words.searchHint} value={view.q} onSettled={(q) => set({ q })} />
      <div class="chips">
        <Chip
          name={words.severity}
          set={view.severity}
          choices={SEVERITY_CHOICES}
          onPick={(severity) => set({ severity })}
        />
        <Chip
          name={words.service}
          set={view.service}
          choices={names.map((value) => ({ value, text: value }))}
          onPick={(service) => set({ service })}
        />
        <Chip
          name={words.team}
          set={view.team}
          choices={(teams.value ?? []).map(({ team }) => ({ value: team, text: team }))}
          onPick={(team) => set({ team })}
        />
        <Chip
          name={words.assignee}
          set={view.assignee}
          choices={[
            { value: 'me', text: words.me },
            ...(people.value ?? []).map(({ name, email }) => ({ value: email, text: name })),
          ]}
          onPick={(assignee) => set({ assignee })}
        />
        <Chip
          name={words.opened}
          set={view.opened}
          choices={Object.entries(words.openedChoices).map(([value, text]) => ({ value, text }))}
          onPick={(opened) => set({ opened })}
        />
        {isFiltered(view) && (
          <Button quiet href={hrefOf({ ...viewOf({}), status: view.status, sort: view.sort })}>
            {words.clear}
          </Button>
        )}
      </div>
    </search>
  );
}
