import { useSignal } from '@preact/signals';
import { useAsked } from '../asking';
import { FormDialog } from '../live/forms';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { Button } from '../ui/button';
import { Card, Empty, Skeleton } from '../ui/card';
import { Person } from '../ui/marks';
import { say } from '../ui/toast';
import { oncall } from '../words/oncall';
import type { Schedule } from './members';
import { ScheduleDialog } from './ScheduleDialog';

const { schedules: words } = oncall;

/** The schedules as they are said in a few words: a team, how often it hands off, who takes turns. */
export function Schedules() {
  const list = useAsked('schedules', () => ports.oncall.listSchedules({}), { modules: ['oncall'] });
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
  const mayEdit = mayAsk('oncall', 'createSchedule');
  const sorted = [...list.value].sort((a, b) => a.team.localeCompare(b.team));
  return (
    <div class="cols half">
      {sorted.map((schedule) => (
        <Card
          key={schedule.id}
          title={schedule.team}
          end={
            mayEdit && (
              <span class="row">
                {!schedule.layered && (
                  <Button small quiet onClick={() => (editing.value = schedule)}>
                    {words.edit}
                    <span class="sr">{schedule.team}</span>
                  </Button>
                )}
                <Button small quiet onClick={() => (deleting.value = schedule)}>
                  {words.remove}
                  <span class="sr">{schedule.team}</span>
                </Button>
              </span>
            )
          }
          footer={
            <span class="small muted">
              {oncall.rotation[schedule.rotation_type]}, {oncall.members(schedule.members.length)}
            </span>
          }
        >
          <ul class="list">
            {schedule.members.map(({ name, email, role }) => (
              <li>
                <Person name={name} />
                <span class="grow small muted clip">{email}</span>
                <span class="small second">{oncall[role]}</span>
              </li>
            ))}
          </ul>
        </Card>
      ))}
      {editing.value && <ScheduleDialog schedule={editing.value} onClose={close} />}
      {deleting.value && <DeleteSchedule team={deleting.value.team} onClose={close} />}
    </div>
  );
}

const DeleteSchedule = ({ team, onClose }: { team: string; onClose(): void }) => (
  <FormDialog
    title={words.deleteTitle(team)}
    verb={words.deleteVerb}
    cancel={words.keep}
    danger
    onClose={onClose}
    act={async () => {
      await ports.oncall.deleteSchedule({ team });
      say(words.deleted(team));
    }}
  >
    <p class="second">{words.deleteText}</p>
  </FormDialog>
);
