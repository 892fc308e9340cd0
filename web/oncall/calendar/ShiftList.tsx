import { PersonLink } from '../../reach/PersonLink';
import { calendarWords } from '../../text/calendar';
import { oncallWords as words } from '../../text/oncallTeam';
import { spanBetween } from '../../ui/times';
import { stampBoth } from './format';
import type { OverrideShown, ScheduleShifts } from './lanesFromShifts';

/** The calendar as a table: for screen readers, for copying, and for reading without colours. */
interface ShiftListProps {
  course: ScheduleShifts;
  overrides: readonly OverrideShown[];
  zone: string;
  otherZone: string | null;
  onOverride(override: OverrideShown): void;
}

export function ShiftList({ course, overrides, zone, otherZone, onOverride }: ShiftListProps) {
  const rows = [
    ...course.shifts.map((shift) => ({ ...shift, who: shift.person.name as string | null, email: shift.person.email })),
    ...course.gaps.map((gap) => ({ ...gap, who: null, email: '', source: null })),
  ].sort((a, b) => a.starts_at.localeCompare(b.starts_at) || a.role.localeCompare(b.role));
  const overrideOf = (source: Source) => overrides.find(({ id }) => source.kind === 'override' && id === source.id);
  return (
    <details class="aslist">
      <summary class="pad small">{words.list}</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>{words.from}</th>
              <th>{words.to}</th>
              <th>{words.role}</th>
              <th>{words.who}</th>
              <th>{words.why}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ role, who, email, starts_at, ends_at, source }) => (
              <tr key={`${role} ${starts_at} ${who}`}>
                <td class="nowrap">{stampBoth(zone, otherZone, Date.parse(starts_at))}</td>
                <td class="nowrap">{stampBoth(zone, otherZone, Date.parse(ends_at))}</td>
                <td>{calendarWords.roles[role]}</td>
                <td>
                  <PersonLink name={who} email={email} />
                </td>
                <td>
                  {source === null ? (
                    spanBetween(starts_at, ends_at)
                  ) : (
                    <Why of={source} override={overrideOf(source)} onOverride={onOverride} />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

type Source = ScheduleShifts['shifts'][number]['source'];

interface WhyProps {
  of: Source;
  override: OverrideShown | undefined;
  onOverride(override: OverrideShown): void;
}

function Why({ of, override, onOverride }: WhyProps) {
  if (of.kind === 'layer') return <>{calendarWords.fromLayer(of.layer)}</>;
  if (override === undefined) return <>{of.reason ?? words.override}</>;
  return (
    <button type="button" class="plain" onClick={() => onOverride(override)}>
      {override.reason ?? words.override}
    </button>
  );
}
