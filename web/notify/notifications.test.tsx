/** @jest-environment @happy-dom/jest-environment */
import type { Ports } from '../ports';
import { closePage, type ShownPage, showPage } from '../testing/page';
import type { Notification } from './delivery';
import { NotificationsPage } from './NotificationsPage';

type Notify = Ports['notify'];
const AT = '2026-03-28T02:00:00.000Z';
const INCIDENT = '00000000-0000-4000-8000-00000000000a';

let made = 0;
const notification = (change: Partial<Notification> = {}): Notification => ({
  id: `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`,
  incident_id: INCIDENT,
  channel: 'email',
  recipient: 'ben@example.com',
  message: 'Payments fail\nsecond line',
  outcome: null,
  severity: 'high',
  status: 'sent',
  reason: null,
  created_at: AT,
  ...change,
});

let page: ShownPage;
let asked: Parameters<Notify['list']>[0][];

async function open(rows: Notification[], url = '/notifications', fakes: Partial<Notify> = {}) {
  asked = [];
  page = await showPage(
    <NotificationsPage />,
    {
      notify: {
        list: async (input) => {
          asked.push(input);
          return { notifications: rows, total: rows.length, page: 1, per_page: 25 };
        },
        statsSummary: async () =>
          ({
            total: 12,
            sent: 9,
            failed: 2,
            queued: 1,
            cancelled: 0,
            recorded: 0,
            delivered: 0,
            undelivered: 0,
            by_channel: { email: 9, slack: 3 },
          }) as never,
        ...fakes,
      },
    },
    url,
  );
}

afterEach(closePage);

test('a notification is shown by the first line of its message, with recipient, channel and result', async () => {
  await open([notification(), notification({ status: 'failed', reason: 'not_configured', channel: 'slack' })]);
  const rows = [...page.root.querySelectorAll('tbody tr')].map((row) => row.textContent ?? '');
  expect(rows[0]).toMatch(/Payments fail.*E-mail.*Sent.*ben@example.com/);
  expect(rows[0]).not.toContain('second line');
  expect(rows[1]).toMatch(/Slack.*Failed.*this channel is not configured/);
});

test('the address holds the view: status, channel, incident, words and page are sent to the server', async () => {
  await open([notification()], `/notifications?status=failed&channel=slack&incident=${INCIDENT}&q=ben&page=3`);
  expect(asked).toEqual([
    { status: 'failed', channel: 'slack', incident_id: INCIDENT, q: 'ben', page: 3, per_page: 25 },
  ]);
});

test('each status shows the number of all its notifications', async () => {
  await open([notification()]);
  const tabs = [...page.root.querySelectorAll('nav.tabs a')].map((tab) => tab.textContent);
  expect(tabs).toEqual([
    'All12',
    'Sent9',
    'Delivered0',
    'Not delivered0',
    'Failed2',
    'Queued1',
    'Cancelled0',
    'Recorded only0',
  ]);
});

test('a channel is selected from those that were used, and removed again', async () => {
  await open([notification()], '/notifications?page=2');
  const select = page.root.querySelector('select') as HTMLSelectElement;
  expect([...select.options].map(({ text }) => text)).toEqual(['Any', 'E-mail', 'Slack']);
  await page.doing(() => {
    select.value = 'slack';
    select.dispatchEvent(new Event('change', { bubbles: true }));
  });
  expect(location.search).toBe('?channel=slack');
  await page.doing(() => page.root.querySelector<HTMLElement>('.chip.set')?.click());
  expect(location.search).toBe('');
});

test('a notification is opened by its address, shows each attempt with its result, and closes to the same list', async () => {
  const row = notification({ status: 'failed', reason: 'HTTP 500' });
  const attempt = { started_at: AT, duration_ms: 1_500, receipt: null };
  await open([row], `/notifications?status=failed&id=${row.id}`, {
    get: async () =>
      ({
        ...row,
        delivered_at: null,
        bundle_id: null,
        receipts: [{ attempt: 2, state: 'sent', reason: null, at: AT }],
        attempts: [
          { ...attempt, attempt: 1, outcome: 'failed', reason: 'HTTP 500' },
          { ...attempt, attempt: 2, outcome: 'failed', reason: 'no_address', receipt: 'msg_1' },
        ],
      }) as never,
  });
  const dialog = page.root.querySelector('dialog');
  expect(dialog?.textContent).toMatch(
    /Attempt 1.*failed in 1.5 s.*HTTP 500.*Attempt 2.*no address.*receipt msg_1.*The provider reported: sent/,
  );
  await page.doing(() => page.button('Close').click());
  expect(location.search).toBe('?status=failed');
});

test('an empty log and a filter without matches have different texts', async () => {
  await open([]);
  expect(page.text()).toContain('No notifications yet');
  page.close();
  await open([], '/notifications?channel=slack');
  expect(page.text()).toContain('No notification matches');
});
