import { isLive } from '../live/connection';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { me } from '../session';
import { home as words } from '../text/home';
import { Card, Empty, Skeleton } from '../ui/card';
import { Badge, Face } from '../ui/icons';
import { At } from '../ui/time';
import { now, span, when } from '../ui/times';
import { useQuery } from '../useQuery';
import { type OnDuty, type TeamNow, teamNow } from './useOnCall';

/** The number of teams whose hand-offs are fetched. */
const SHOWN = 6;

interface Duty {
  teams: TeamNow[];
  /** Whether these are the viewer's teams, or only the first ones. */
  mine: boolean;
  hidden: number;
}

async function askDuty(): Promise<Duty> {
  const [{ at, teams }, own] = await Promise.all([ports.oncall.onCallNow({}), ports.oncall.myShifts({})]);
  const names = new Set([...own.on_call, ...own.shifts].map(({ team }) => team));
  const chosen = names.size > 0 ? teams.filter(({ team }) => names.has(team)) : teams;
  const shown = chosen.slice(0, SHOWN).map(async (team) => {
    // Without the shifts of a team, its on-call responder is still shown.
    const course = await ports.oncall.scheduleShifts({ team: team.team, from: at }).catch(() => null);
    return teamNow(team, course?.shifts ?? [], at, course?.to ?? at);
  });
  return { teams: await Promise.all(shown), mine: names.size > 0, hidden: Math.max(0, chosen.length - SHOWN) };
}

/** Who is on call in the viewer's teams, and until when. */
export function OnCallNow() {
  const asked = useQuery(`on call now ${me.value?.username}`, askDuty, { modules: ['oncall'] });
  const of = asked.value;
  return (
    <Card title={of?.mine ? words.onCallMine : words.onCall} end={<a href="/oncall">{words.allTeams}</a>}>
      {!of && asked.problem && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {!of && !asked.problem && <Skeleton rows={2} />}
      {of?.teams.length === 0 && (
        <Empty title={words.noSchedules.title}>
          <p>{words.noSchedules.text}</p>
        </Empty>
      )}
      {of && of.teams.length > 0 && (
        <ul class="list">
          {of.teams.map((team) => (
            <Team key={team.team} of={team} />
          ))}
        </ul>
      )}
      {of && of.hidden > 0 && <p class="pad small muted">{words.moreTeams(of.hidden)}</p>}
    </Card>
  );
}

const Team = ({ of: { team, people } }: { of: TeamNow }) => (
  <li>
    <div class="grow stack tight">
      <h3>
        <a class="plain" href={`/oncall/${encodeURIComponent(team)}`}>
          {team}
        </a>
      </h3>
      {!people.some(({ role }) => role === 'primary') && (
        <div class="row small">
          <Face name={null} />
          <strong>{words.nobodyOn}</strong>
        </div>
      )}
      {people.map((person) => (
        <Person key={`${person.role} ${person.email}`} of={person} />
      ))}
    </div>
  </li>
);

const Person = ({ of: { name, email, role, override, until } }: { of: OnDuty }) => (
  <div class="row">
    <Face name={name} email={email} large />
    <div class="grow">
      <div>
        <strong>{name}</strong> <span class="muted">{role === 'primary' ? words.primary : words.secondary}</span>{' '}
        {override && <Badge tone="on">{words.override}</Badge>}
      </div>
      <div class="small second">{until === null ? words.noHandoff : <Handoff at={until} />}</div>
    </div>
  </div>
);

/** The remaining time while the connection is live; otherwise the instant, because a countdown could be wrong. */
function Handoff({ at }: { at: string }) {
  const left = Math.max(0, Date.parse(at) - now.value) / 1_000;
  return (
    <At at={at}>
      {isLive.value ? words.handoffIn(span(left >= 60 ? left - (left % 60) : left)) : words.until(when(at))}
    </At>
  );
}
