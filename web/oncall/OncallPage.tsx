import './oncall.css';
import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso';
import { mayAsk } from '../session';
import { oncall as words } from '../text/oncall';
import { Button } from '../ui/button';
import { Dock, Page } from '../ui/page';
import { Escalations } from './Escalations';
import { Now } from './Now';
import { SetOverride } from './overrides/SetOverride';
import { ScheduleDialog } from './ScheduleDialog';
import { Schedules } from './Schedules';
import { OncallTabs, TABS, type TabId } from './tabs';

const tabIn = (query: Record<string, string>): TabId => TABS.find(({ id }) => id === query['tab'])?.id ?? 'now';

/** The on-call page: who is on call now and next, the schedules, and the escalation messages. */
export function OncallPage() {
  const { query } = useLocation();
  const tab = tabIn(query);
  const dialog = useSignal<'override' | 'schedule' | null>(null);
  const close = () => (dialog.value = null);
  const main =
    tab === 'schedules'
      ? mayAsk('oncall', 'createSchedule') && { text: words.schedules.create, icon: 'plus', opens: 'schedule' as const }
      : mayAsk('oncall', 'addOverride') && { text: words.set, icon: 'swap', opens: 'override' as const };
  return (
    <Page
      title={words.title}
      actions={
        main && (
          <div class="acts wide">
            <Button main icon={main.icon} onClick={() => (dialog.value = main.opens)}>
              {main.text}
            </Button>
          </div>
        )
      }
    >
      <OncallTabs current={tab} />
      {tab === 'now' && <Now />}
      {tab === 'schedules' && <Schedules />}
      {tab === 'escalations' && <Escalations />}
      {main && (
        <Dock label={main.text}>
          <Button main icon={main.icon} onClick={() => (dialog.value = main.opens)}>
            {main.text}
          </Button>
        </Dock>
      )}
      {dialog.value === 'override' && <SetOverride onClose={close} />}
      {dialog.value === 'schedule' && <ScheduleDialog onClose={close} />}
    </Page>
  );
}
