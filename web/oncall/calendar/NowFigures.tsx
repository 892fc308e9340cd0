import type { ComponentChildren } from 'preact';
import { Face } from '../../ui/marks';
import { now, span } from '../../ui/times';
import { calendarWords } from '../../words/calendar';
import { oncallWords as words } from '../../words/oncallTeam';
import { type Course, type Role, rolesOf } from './model';
import { length, stamp } from './names';
import { nextGap, nowOf, type OnCallNow } from './standing';

/** The answer of the page: who is called now, until when, who is next, and where nobody is. */
interface NowProps {
  course: Course;
  zone: string;
  /** Shows the gap in the calendar; absent where nothing can be set. */
  onCover?: ((gap: Course['gaps'][number]) => void) | undefined;
}

export function NowFigures({ course, zone, onCover }: NowProps) {
  const at = now.value;
  const roles = rolesOf(course);
  const primary = nowOf(course, 'primary', at);
  const gap = nextGap(course, roles, at);
  return (
    <section class="card figures" aria-label={words.primaryNow}>
      <Standing title={words.primaryNow} of={primary} zone={zone} />
      {roles.includes('secondary') && (
        <Standing title={words.secondaryNow} of={nowOf(course, 'secondary', at)} zone={zone} />
      )}
      <div>
        <span class="label">{words.nextPrimary}</span>
        {primary.until === null ? (
          <span class="second">{words.noEnd}</span>
        ) : (
          <Who
            names={primary.next.map(({ person }) => person.name)}
            below={words.fromOn(stamp(zone, Date.parse(primary.until)))}
          />
        )}
      </div>
      <div>
        <span class="label">{words.nextGap}</span>
        {gap === null ? <span class="second">{words.noGap}</span> : <Gap of={gap} zone={zone} onCover={onCover} />}
      </div>
    </section>
  );
}

function Standing({ title, of, zone }: { title: string; of: OnCallNow; zone: string }) {
  const override = of.people.find(({ source }) => source.kind === 'override');
  const endless = of.people.length > 0 ? words.noEndSoon : '';
  const until = of.until === null ? endless : words.until(stamp(zone, Date.parse(of.until)));
  const within = of.until === null ? '' : words.within(span(roughly(Date.parse(of.until) - now.value)));
  return (
    <div>
      <span class="label">{title}</span>
      <Who
        names={of.people.map(({ person }) => person.name)}
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
/** Seconds, without those of the running minute. */
const roughly = (ms: number): number => Math.floor(ms / MINUTE) * 60;

function Who({ names, below }: { names: readonly string[]; below: ComponentChildren }) {
  const [first = null] = names;
  return (
    <div class="row">
      <Face name={first} large />
      <div class="grow">
        <strong>{first === null ? words.nobody : names.join(', ')}</strong>
        <div class="small second">{below}</div>
      </div>
    </div>
  );
}

function Gap({ of, zone, onCover }: { of: Course['gaps'][number]; zone: string; onCover: NowProps['onCover'] }) {
  const [from, to] = [Date.parse(of.starts_at), Date.parse(of.ends_at)];
  const role: Role = of.role;
  return (
    <>
      <div>
        <strong>{words.gapOf(calendarWords.roles[role], length(to - from))}</strong>
        <div class="small second">{stamp(zone, from)}</div>
      </div>
      {onCover && (
        <button type="button" class="plain small" onClick={() => onCover(of)}>
          {words.findCover}
        </button>
      )}
    </>
  );
}
