import { TabLinks } from '../ui/views';
import { oncallWords as words } from '../words/oncallTeam';

/** The pages about everybody's on call. */
export type HousePage = 'overview' | 'coverage' | 'shifts';

const PATHS: Record<HousePage, string> = { overview: '/oncall', coverage: '/coverage', shifts: '/shifts' };

export const HouseTabs = ({ current }: { current: HousePage }) => (
  <TabLinks
    label={words.house}
    tabs={[
      { id: 'overview', text: words.overview },
      { id: 'coverage', text: words.coverage },
      { id: 'shifts', text: words.shifts },
    ]}
    current={current}
    href={(id) => PATHS[id as HousePage]}
  />
);
