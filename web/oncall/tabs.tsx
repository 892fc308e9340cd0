import { oncall as words } from '../text/oncall';
import { oncallWords as team } from '../text/oncallTeam';
import { TabLinks } from '../ui/navigation';

/** The tabs of On call. Each has an address, on this page or on a page that shows the same tabs. */
export const TABS = [
  { id: 'now', text: words.tabs.now, href: '/oncall' },
  { id: 'schedules', text: words.tabs.schedules, href: '/oncall?tab=schedules' },
  { id: 'escalations', text: words.tabs.escalations, href: '/oncall?tab=escalations' },
  { id: 'coverage', text: team.coverage, href: '/coverage' },
  { id: 'shifts', text: team.shifts, href: '/shifts' },
] as const;

export type TabId = (typeof TABS)[number]['id'];

export const OncallTabs = ({ current }: { current: TabId }) => (
  <TabLinks
    label={words.tabs.label}
    tabs={TABS}
    current={current}
    href={(id) => TABS.find((tab) => tab.id === id)?.href ?? '/oncall'}
  />
);
