import type { ComponentChildren } from 'preact';
import { calendarWords } from '../../text/calendar';
import { oncallWords as words } from '../../text/oncallTeam';
import { Face } from '../../ui/icons';
import { now, span } from '../../ui/times';
import { stampBoth } from './format';
import { type Role, rolesOf, type ScheduleShifts } from './lanesFromShifts';
import { nextGap, nowOf, type OnCallNow } from './onCallFigures';

/** The figures above the calendar: who is on call now, until when, who is next, and the next gap. */
interface NowProps {
  course: ScheduleShifts;
  zone: string;
  otherZone: string | null;
  /** Shows the gap in the calendar; absent if the viewer cannot add overrides. */
  onCover?: ((gap: ScheduleShifts['gaps'][number]) => void) | undefined;
}

export function NowFigures({ course, zone, otherZone, onCover }: NowProps) {
  const said = (instant: string) => stampBoth(zone, otherZone, Date.parse(instant));
  const at = now.value;
  const roles = rolesOf(course);
  const primary = nowOf(course, 'primary', at);
  const gap = nextGap(course, roles, at);
  return (
    <section class="card figures" aria-label={words.primaryNow}>
      <OnCallFigure title={words.primaryNow} of={primary} said={said} />
      {roles.includes('secondary') && (
        <OnCallFigure title={words.secondaryNow} of={nowOf(course, 'secondary', at)} said={said} />
      )}
      <div>
        <span class="label">{words.nextPrimary}</span>
        {primary.until === null ? (
          <span class="second">{words.noEnd}</span>
        ) : (
          <People people={primary.next.map(({ person }) => person)} below={words.fromOn(said(primary.until))} />
        )}
      </div>
      <div>
        <span class="label">{words.nextGap}</span>
        {gap === null ? <span class="second">{words.noGap}</span> : <Gap of={gap} said={said} onCover={onCover} />}
      </div>
    </section>
  );
}

interface TimeFormat {
  /** Formats an instant as on the rest of this page. */
  said(instant: string): string;
}

function OnCallFigure({ title, of, said }: TimeFormat & { title: string; of: OnCallNow }) {
  const override = of.people.find(({ source }) => source.kind === 'override');
  const endless = of.people.length > 0 ? words.noEndSoon : '';
  const until = of.until === null ? endless : words.until(said(of.until));
  const within = of.until === null ? '' : words.within(span(roughly(Date.parse(of.until) - now.value)));
  return (
    <div>
      <span class="label">{title}</span>
      <People
        people={of.people.map(({ person }) => person)}
        below={
          <>
            {until}
            <span class="wide">{within}</span>
            {override && <> · {words.override}</>}
          </>
        }
      />
    </div>
  );
}

const MINUTE = 60_000;
/** Seconds, rounded down to full minutes. */
const roughly = (ms: number): number => Math.floor(ms / MINUTE) * 60;

function People({ people, below }: { people: readonly { name: string; email: string }[]; below: ComponentChildren }) {
  const [first] = people;
  return (
    <div class="row">
      <Face name={first?.name ?? null} email={first?.email} large />
      <div class="grow">
        <strong>{first === undefined ? words.nobody : people.map(({ name }) => name).join(', ')}</strong>
        <div class="small second">{below}</div>
      </div>
    </div>
  );
}

function Gap({ of, said, onCover }: TimeFormat & { of: ScheduleShifts['gaps'][number]; onCover: NowProps['onCover'] }) {
  const [from, to] = [Date.parse(of.starts_at), Date.parse(of.ends_at)];
  const role: Role = of.role;
  return (
    <>
      <div>
        <strong>{words.gapOf(calendarWords.roles[role], span((to - from) / 1_000))}</strong>
        <div class="small second">{said(of.starts_at)}</div>
      </div>
      {onCover && (
        <button type="button" class="plain small" onClick={() => onCover(of)}>
          {words.findCover}
        </button>
      )}
    </>
  );
}
