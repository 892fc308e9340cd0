/** @jest-environment @happy-dom/jest-environment */
import { NotificationsPage } from '../notify/NotificationsPage';
import { channelAnswer } from '../testing/channels';
import { closePage, type ShownPage, showPage } from '../testing/page';
import { Toasts, unsay } from '../ui/toast';
import { AdminPage } from './AdminPage';

let page: ShownPage;
const asked: Record<string, unknown[]> = {};
const noting =
  <T,>(name: string, answer: T) =>
  async (input: unknown): Promise<T> => {
    asked[name] = [...(asked[name] ?? []), input];
    return answer;
  };

const CHANNELS = [
  channelAnswer({ channel: 'mock', title: 'Mock', reaches: false }),
  channelAnswer({
    channel: 'email',
    title: 'E-mail',
    configured: false,
    state: 'not_configured',
    setup: 'Set SMTP_URL and MAIL_FROM.',
    last_failed_at: '2026-03-28T02:00:00.000Z',
    last_failure: 'not_configured',
  }),
  channelAnswer({
    channel: 'slack',
    title: 'Slack',
    state: 'working',
    address_hint: 'The channel of the room, such as ops-team.',
    queued: 3,
    last_sent_at: '2026-03-28T02:00:00.000Z',
  }),
];
const TEST = {
  id: '00000000-0000-4000-8000-000000000001',
  incident_id: 'channel-test',
  channel: 'slack' as const,
  recipient: 'ops-team',
  message: 'This is a test',
  severity: null,
  status: 'failed' as const,
  outcome: null,
  reason: 'channel_not_found',
  created_at: '2026-03-28T02:00:00.000Z',
};
const STATS = {
  total: 1,
  sent: 0,
  failed: 1,
  queued: 0,
  cancelled: 0,
  recorded: 0,
  delivered: 0,
  undelivered: 0,
  by_channel: { slack: 1 },
  by_severity: {},
};

async function open(url: string): Promise<void> {
  for (const name of Object.keys(asked)) delete asked[name];
  const whole = {
    ...TEST,
    metadata: {},
    sent_at: null,
    delivered_at: null,
    bundle_id: null,
    receipts: [],
    attempts: [
      {
        attempt: 1,
        outcome: 'failed' as const,
        reason: 'channel_not_found',
        receipt: null,
        started_at: TEST.created_at,
        duration_ms: 120,
      },
    ],
  };
  page = await showPage(
    <>
      {url.startsWith('/admin') ? <AdminPage /> : <NotificationsPage />}
      <Toasts />
    </>,
    {
      notify: {
        channels: noting('channels', {
          can_reach_people: false,
          can_reach_rooms: true,
          lost_settings: [],
          channels: CHANNELS,
        }),
        testChannel: noting('testChannel', TEST),
        get: noting('get', whole),
        list: noting('list', { total: 1, page: 1, per_page: 25, notifications: [TEST] }),
        statsSummary: noting('statsSummary', STATS),
      },
      gateway: { audit: noting('audit', { total: 0, page: 1, per_page: 50, entries: [] }) },
    },
    url,
  );
}
afterEach(() => {
  unsay();
  closePage();
});

describe('channels', () => {
  const row = (name: string) =>
    [...page.root.querySelectorAll('tbody tr')].find((each) => each.textContent?.includes(name));

  test('show whether each is configured, the missing setting, and the last results', async () => {
    await open('/admin?tab=channels');
    expect(row('E-mail')?.textContent).toContain('Not configured');
    expect(row('E-mail')?.textContent).toContain('Set SMTP_URL');
    expect(row('E-mail')?.textContent).toContain('this channel is not configured');
    expect(row('Slack')?.textContent).toContain('3 waiting');
    expect(row('Mock')?.textContent).toContain('Only records');
  });

  test('a test is sent to the given address, and its result is shown with the reason', async () => {
    await open('/admin?tab=channels');
    await page.doing(() => row('Slack')?.querySelector('button')?.click());
    await page.doing(() => {
      (page.root.querySelector('input[name=address]') as HTMLInputElement).value = ' ops-team ';
      page.button('Send test').click();
    });
    expect(asked['testChannel']).toEqual([{ channel: 'slack', address: 'ops-team' }]);
    expect(page.root.querySelector('dialog')?.textContent).toContain('Attempt 1');
    expect(page.root.querySelector('dialog')?.textContent).toContain('channel_not_found');
  });
});

test('the delivery log filters by the words and the span of its address', async () => {
  await open('/notifications?q=disk&from=2026-03-28T01:00:00.000Z&to=2026-03-28T03:00:00.000Z&status=failed');
  expect(asked['list']?.[0]).toMatchObject({
    q: 'disk',
    from: '2026-03-28T01:00:00.000Z',
    to: '2026-03-28T03:00:00.000Z',
    status: 'failed',
  });
});

test('an invalid instant is left out of the query', async () => {
  await open('/notifications?from=yesterday');
  expect(asked['list']).toEqual([{ page: 1, per_page: 25 }]);
});

test('the audit log filters by who, what, where and when', async () => {
  await open('/admin?tab=audit&actor=ana&module=gateway&kind=login.failed&from=2026-03-28T01:00:00.000Z&page=2');
  expect(asked['audit']).toEqual([
    { actor: 'ana', module: 'gateway', kind: 'login.failed', from: '2026-03-28T01:00:00.000Z', page: 2, per_page: 50 },
  ]);
  expect(page.text()).toContain('No entry matches');
});
