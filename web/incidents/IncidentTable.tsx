import type { Incident } from '../../src/incidents/contract';
import { incidents as words } from '../text/incidents';
import { Icon } from '../ui/icons';
import { IncidentRow, titleOf } from './cells';
import { type SORTABLE, sortedBy, sortHref, type View } from './view';

export interface IncidentTableProps {
  view: View;
  rows: readonly Incident[];
  turning: boolean;
  /** The row that keys act on. */
  at: string | null;
  chosen: ReadonlySet<string>;
  /** Absent if the viewer may not act on rows. */
  onChoose?: ((ids: ReadonlySet<string>) => void) | undefined;
  fresh: ReadonlySet<string>;
  left: ReadonlySet<string>;
}

export function IncidentTable({ view, rows, turning, at, chosen, onChoose, fresh, left }: IncidentTableProps) {
  const all = rows.every(({ id }) => chosen.has(id));
  const toggled = (id: string) => (chosen.has(id) ? [...chosen].filter((each) => each !== id) : [...chosen, id]);
  return (
    <table class="rows" aria-busy={turning}>
      <thead>
        <tr>
          {onChoose && (
            <th scope="col">
              <Choose
                label={words.selectAll}
                checked={all}
                onChange={() => onChoose(new Set(all ? [] : rows.map(({ id }) => id)))}
              />
            </th>
          )}
          <SortHead view={view} column="severity" text={words.columns.severity} />
          <th scope="col">{words.columns.incident}</th>
          <th scope="col">{words.columns.state}</th>
          <th scope="col">{words.columns.assignee}</th>
          <th scope="col" class="c-next">
            {words.columns.next}
          </th>
          <SortHead view={view} column="created_at" text={words.columns.age} num />
        </tr>
      </thead>
      <tbody>
        {rows.map((incident) => (
          <IncidentRow
            key={incident.id}
            incident={incident}
            at={incident.id === at}
            chosen={chosen.has(incident.id)}
            fresh={fresh.has(incident.id)}
            left={left.has(incident.id)}
            full
            before={
              onChoose && (
                <td class="c-off">
                  <Choose
                    label={words.select(titleOf(incident))}
                    checked={chosen.has(incident.id)}
                    onChange={() => onChoose(new Set(toggled(incident.id)))}
                  />
                </td>
              )
            }
          />
        ))}
      </tbody>
    </table>
  );
}

const Choose = ({ label, checked, onChange }: { label: string; checked: boolean; onChange(): void }) => (
  <label class="tick">
    <input type="checkbox" aria-label={label} checked={checked} onChange={onChange} />
  </label>
);

interface SortHeadProps {
  view: View;
  column: (typeof SORTABLE)[number];
  text: string;
  num?: boolean;
}

/** A column head that sorts on the server. */
function SortHead({ view, column, text, num = false }: SortHeadProps) {
  const { column: by, descending } = sortedBy(view);
  const sorted = by === column ? (descending ? 'descending' : 'ascending') : undefined;
  return (
    <th scope="col" class={num ? 'num' : undefined} aria-sort={sorted}>
      <a class="sort" href={sortHref(view, column)}>
        {text} {sorted && <Icon name={descending ? 'down' : 'up'} />}
      </a>
    </th>
  );
}
