import { useSignal } from '@preact/signals';
import { isLive } from '../live/connection';
import { ProblemBanner } from '../live/problems';
import { hrefOfPerson } from '../reach/hrefOfPerson';
import { PersonLink } from '../reach/PersonLink';
import { mayAsk } from '../session';
import { oncall as words } from '../text/oncall';
import { shell } from '../text/shell';
import { Button } from '../ui/button';
import { Card, Empty, Skeleton } from '../ui/card';
import { Face, Person } from '../ui/icons';
import { At } from '../ui/time';
import { HERE, now, span, when } from '../ui/times';
import { type Query, useQuery } from '../useQuery';
import {
  type AllTeamsOnCall,
  allTeamsOnCall,
  type Handoff,
  type Override,
  type PersonOnCall,
  type Role,
  type TeamOnCall,
} from './allTeamsOnCall';
import { OverrideFacts } from './overrides/OverrideFacts';
import { SetOverride } from './overrides/SetOverride';
import { useScheduleZone } from './overrides/scheduleZone';
import { ReachBadge, useWeakPeople, type WeakPerson } from './reach/WeakPeople';

/** A card for each team with the people on call and until when; beside them the next hand-offs. */
export function Now() {
  const asked = useQuery('oncall-now', allTeamsOnCall, { modules: ['oncall'] });
  const weak = useWeakPeople();
  const { value, problem } = asked;
  if (problem && !value) return <ProblemBanner problem={problem} onAgain={asked.again} />;
  if (!value) {
    return (
      <Card title={words.tabs.now} hideTitle>
        <Skeleton rows={6} />
      </Card>
    );
  }
  if (value.teams.length === 0) return <NoTeams />;
  return (
    <>
      {problem && <ProblemBanner problem={problem} onAgain={asked.again} />}
      <div class="cols two">
        <div class="cards">
          {value.teams.map((team) => (
            <Team key={team.team} of={team} weak={weak} onChanged={asked.again} />
          ))}
        </div>
        <Handoffs of={value.handoffs} />
      </div>
    </>
  );
}

const NoTeams = () => (
  <Card title={words.title} hideTitle>
    <Empty title={words.none.title}>
      <p>{words.none.text}</p>
      {mayAsk('oncall', 'createSchedule') && (
        <div class="acts">
          <Button href="/oncall?tab=schedules">{words.schedules.create}</Button>
        </div>
      )}
    </Empty>
  </Card>
);

const hrefOf = (team: string): string => `/oncall/${encodeURIComponent(team)}`;

interface TeamProps {
  of: TeamOnCall;
  weak: readonly WeakPerson[];
  onChanged: Query<AllTeamsOnCall>['again'];
}

function Team({ of: { team, people }, weak, onChanged }: TeamProps) {
  const setting = useSignal(false);
  const shown = useSignal<Override | null>(null);
  const scheduleZone = useScheduleZone(shown.value === null ? null : team);
  const close = () => {
    setting.value = false;
    shown.value = null;
    void onChanged();
  };
  return (
    <Card
      title={
        <a class="t" href={hrefOf(team)}>
          {team}
        </a>
      }
      end={
        mayAsk('oncall', 'addOverride') && (
          <Button
            small
            quiet
            icon="swap"
            onClick={() => (setting.value = true)}
            disabled={!isLive.value && shell.waits}
          >
            {words.set}
            <span class="sr">{team}</span>
          </Button>
        )
      }
    >
      <ul class="list">
        <InRole as="primary" of={people} weak={weak} onOverride={(override) => (shown.value = override)} />
        <InRole as="secondary" of={people} weak={weak} onOverride={(override) => (shown.value = override)} />
      </ul>
      {setting.value && <SetOverride team={team} onClose={close} />}
      {shown.value && (
        <OverrideFacts
          of={shown.value}
          zone={HERE}
          otherZone={scheduleZone}
          may={mayAsk('oncall', 'moveOverride')}
          onClose={close}
          onGone={close}
        />
      )}
    </Card>
  );
}

interface InRoleProps {
  as: Role;
  of: readonly PersonOnCall[];
  weak: readonly WeakPerson[];
  onOverride(override: Override): void;
}

function InRole({ as: role, of, weak, onOverride }: InRoleProps) {
  const here = of.filter((each) => each.role === role);
  if (here.length === 0) {
    return (
      <li>
        <Face name={null} large />
        <p class={role === 'primary' ? 'worse' : 'second'}>{role === 'primary' ? words.nobody : words.noSecondary}</p>
      </li>
    );
  }
  return (
    <>
      {here.map((person) => (
        <li key={person.email}>
          <Face name={person.name} email={person.email} large />
          <div class="grow">
            <a href={hrefOfPerson(person.email)}>
              <strong>{person.name}</strong>
            </a>{' '}
            <ReachBadge of={weak.find(({ email }) => email === person.email)} />
            <div class="small second dots">
              <span>{words[role]}</span>
              <span>{person.until === null ? words.always : <Until at={person.until} />}</span>
            </div>
            {person.override?.reason && <div class="small second">{person.override.reason}</div>}
          </div>
          {person.override !== null && (
            <Button small onClick={() => person.override && onOverride(person.override)}>
              {words.override}
              <span class="sr">{person.name}</span>
            </Button>
          )}
        </li>
      ))}
    </>
  );
}

const SHOWN = 8;

/** The next hand-offs of all teams. */
function Handoffs({ of }: { of: readonly Handoff[] }) {
  return (
    <Card
      title={words.handoffs}
      footer={of.length > SHOWN && <span class="small muted">{words.more(of.length - SHOWN)}</span>}
    >
      {of.length === 0 ? (
        <Empty title={words.noHandoffs.title}>
          <p>{words.noHandoffs.text}</p>
        </Empty>
      ) : (
        <ol class="list">
          {of.slice(0, SHOWN).map((handoff) => (
            <HandoffRow key={`${handoff.team} ${handoff.role} ${handoff.at}`} of={handoff} />
          ))}
        </ol>
      )}
    </Card>
  );
}

function HandoffRow({ of: { team, role, at, on, off } }: { of: Handoff }) {
  const namesOf = (people: readonly { name: string }[]) => people.map(({ name }) => name).join(', ');
  return (
    <li>
      <div class="grow stack tight">
        {on.length === 0 && <Person name={null} />}
        {on.map(({ name, email }) => (
          <PersonLink key={email} name={name} email={email} />
        ))}
        <div class="small second dots">
          <a href={hrefOf(team)}>{team}</a>
          <span>{words[role]}</span>
          {off.length > 0 && <span>{words.relieves(namesOf(off))}</span>}
        </div>
      </div>
      <span class="small second nowrap">
        <At at={at}>{when(at)}</At>
      </span>
    </li>
  );
}

/** `until Mon 09:00, in 2 d 4 h`; the remaining time updates only while the page is live. */
function Until({ at }: { at: string }) {
  const left = (Date.parse(at) - now.value) / 1_000;
  return (
    <>
      <At at={at}>{words.until(when(at))}</At>
      {isLive.value && left > 60 && <span>, {words.inSpan(span(left - (left % 60)))}</span>}
    </>
  );
}
