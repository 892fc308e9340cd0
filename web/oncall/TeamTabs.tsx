import { mayAsk } from '../session';
import { oncallWords as words } from '../text/oncallTeam';
import { TabLinks } from '../ui/navigation';

/** The tabs of one team's pages, and a link back to all teams. */
export type TeamPage = 'calendar' | 'policy' | 'edit';

export function TeamTabs({ team, current }: { team: string; current: TeamPage }) {
  const base = `/oncall/${encodeURIComponent(team)}`;
  const tabs = [
    { id: 'calendar', text: words.calendar },
    { id: 'policy', text: words.policy },
    ...(mayAsk('oncall', 'putSchedule') ? [{ id: 'edit', text: words.rotation }] : []),
  ];
  return (
    <TabLinks label={team} tabs={tabs} current={current} href={(id) => (id === 'calendar' ? base : `${base}/${id}`)} />
  );
}
