import { useSignal } from '@preact/signals';
import { Confirm } from '../live/forms';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { PersonLink } from '../reach/PersonLink';
import { mayAsk } from '../session';
import { oncall } from '../text/oncall';
import { Button } from '../ui/button';
import { Card, Empty, Skeleton } from '../ui/card';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';
import type { Member, Schedule } from './members';
import { ScheduleDialog } from './ScheduleDialog';

const { schedules: words } = oncall;

/** The list of schedules in short: team, rotation and members. */
export function Schedules() {
  const list = useQuery('schedules', () => ports.oncall.listSchedules({}), { modules: ['oncall'] });
  const editing = useSignal<Schedule | null>(null);
  const deleting = useSignal<Schedule | null>(null);
  const close = () => {
    editing.value = null;
    deleting.value = null;
    void list.again();
  };
  if (list.problem) return <ProblemBanner problem={list.problem} onAgain={list.again} />;
  if (!list.value) {
    return (
      <Card title={oncall.tabs.schedules} hideTitle>
        <Skeleton rows={4} />
      </Card>
    );
  }
  if (list.value.length === 0) {
    return (
      <Card title={oncall.tabs.schedules} hideTitle>
        <Empty title={oncall.none.title}>
          <p>{oncall.none.text}</p>
        </Empty>
      </Card>
    );
  }
  const sorted = [...list.value].sort((a, b) => a.team.localeCompare(b.team));
  return (
    <div class="cards">
      {sorted.map((schedule) => (
        <ScheduleCard
          key={schedule.id}
          of={schedule}
          onEdit={() => (editing.value = schedule)}
          onDelete={() => (deleting.value = schedule)}
        />
      ))}
      {editing.value && <ScheduleDialog schedule={editing.value} onClose={close} />}
      {deleting.value && <DeleteSchedule of={deleting.value} onClose={close} />}
    </div>
  );
}

interface ScheduleCardProps {
  of: Schedule;
  onEdit(): void;
  onDelete(): void;
}

/** A schedule with layers opens in the layer editor instead of the dialog. */
function ScheduleCard({ of, onEdit, onDelete }: ScheduleCardProps) {
  const { team, layered } = of;
  const href = `/oncall/${encodeURIComponent(team)}`;
  const edit = layered ? { href: `${href}/edit` } : { onClick: onEdit };
  const people = peopleOf(of);
  return (
    <Card
      title={
        <a class="t" href={href}>
          {team}
        </a>
      }
      end={
        mayAsk('oncall', 'createSchedule') && (
          <span class="row">
            <Button small quiet {...edit}>
              {words.edit}
              <span class="sr">{team}</span>
            </Button>
            <Button small quiet onClick={onDelete}>
              {words.remove}
              <span class="sr">{team}</span>
            </Button>
          </span>
        )
      }
      footer={<span class="small muted">{saidOf(of, people.length)}</span>}
    >
      <ul class="list">
        {people.map(({ name, email, roles }) => (
          <li key={email}>
            <PersonLink name={name} email={email} />
            <span class="grow small muted clip">{email}</span>
            <span class="small second">{roles.map((role) => oncall[role]).join(', ')}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Each person once, with all their roles. */
function peopleOf({ members }: Schedule) {
  const all = new Map<string, { name: string; email: string; roles: Member['role'][] }>();
  for (const { name, email, role } of members) {
    const known = all.get(email);
    if (known === undefined) all.set(email, { name, email, roles: [role] });
    else if (!known.roles.includes(role)) known.roles.push(role);
  }
  return [...all.values()];
}

const saidOf = ({ layered, layers, rotation_type, time_zone }: Schedule, people: number): string =>
  [layered ? words.layers(layers.length) : oncall.rotation[rotation_type], words.people(people), time_zone].join(', ');

const DeleteSchedule = ({ of: { team, version }, onClose }: { of: Schedule; onClose(): void }) => (
  <Confirm
    title={words.deleteTitle(team)}
    text={words.deleteText}
    verb={words.deleteVerb}
    keep={words.keep}
    onClose={onClose}
    act={async () => {
      await ports.oncall.deleteSchedule({ team, if_match: `"${version}"` });
      say(words.deleted(team));
    }}
  />
);
