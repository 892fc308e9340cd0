/** @jest-environment @happy-dom/jest-environment */
import type { Ports } from '../ports';
import { channelAnswer } from '../testing/channels';
import { closePage, type ShownPage, showPage, submit } from '../testing/page';
import { Toasts, unsay } from '../ui/toast';
import type { Method } from './methods';
import { PageMe } from './PageMe';
import { RulesCard } from './RulesCard';
import { daysInWords, moved, type Rules, without } from './rules';

/** The notification rules and quiet hours of the viewer, and a page to themselves. */

const ANA = 'ana@example.com';
const AT = '2026-03-28T02:00:00.000Z';
const PHONE = {
  ...{ id: '00000000-0000-4000-8000-000000000001', person: ANA, channel: 'sms', address: '+4915123456789' },
  ...{ label: 'Work phone', state: 'verified', position: 0, proof: 'code', usable: true, unusable_because: null },
  ...{ verified_at: AT, last_delivered_at: null, last_answered_at: null, last_error: null, on_failure_since: null },
  ...{ created_at: AT, created_by: ANA },
} as const satisfies Method;
const CHANNELS = [
  channelAnswer({ channel: 'sms', title: 'SMS', people: true, address_kind: 'phone' }),
  channelAnswer({ channel: 'email', title: 'E-mail', people: true, address_kind: 'email' }),
];
const RULES: Rules = {
  person: ANA,
  high: [
    { after_minutes: 0, methods: ['*email'] },
    { after_minutes: 2, methods: [PHONE.id], unless: 'delivered' },
  ],
  low: [{ after_minutes: 0, methods: ['*email'] }],
  quiet_hours: null,
  defaults: false,
  set: ['high'],
};

let page: ShownPage;
let saved: Parameters<Ports['notify']['setNotificationRules']>[0][];

const open = async (rules: Partial<Rules> = {}) => {
  saved = [];
  page = await showPage(
    <>
      <RulesCard person={ANA} around={{ methods: [PHONE], channels: CHANNELS }} />
      <Toasts />
    </>,
    {
      notify: {
        notificationRules: async () => ({ ...RULES, ...rules }),
        setNotificationRules: async (input) => {
          saved.push(input);
          return RULES;
        },
      },
    },
    '/account',
  );
};
afterEach(() => {
  unsay();
  closePage();
});
const press = (name: string) => page.doing(() => page.button(name).click());
const lines = () => [...page.root.querySelectorAll('.when > li')].map((each) => each.textContent);
const tick = (label: string) =>
  page.doing(() =>
    [...page.root.querySelectorAll('dialog label')]
      .find((each) => each.textContent?.trim() === label)
      ?.querySelector('input')
      ?.click(),
  );

test('each list is a time line in words, and a list that was never set shows that it is the default', async () => {
  await open();
  expect(lines()).toEqual([
    expect.stringMatching(/^At onceEvery e-mail addressNone of these works now/),
    expect.stringMatching(/^After 2 minWork phone, unless a message has arrived by then/),
    expect.stringContaining('At once'),
  ]);
  expect(page.root.querySelectorAll('.rules .badge')).toHaveLength(1);
});

test('a rule is added at its minute, and the list that was never set stays the default', async () => {
  await open();
  await press('Add a rule: Critical and high');
  await page.doing(() => {
    page.field('after_minutes').value = '1';
  });
  await tick('Every address by SMS');
  await submit(page);
  expect(saved).toEqual([
    {
      person: ANA,
      high: [RULES.high[0], { after_minutes: 1, methods: ['*sms'] }, RULES.high[1]],
      low: null,
      quiet_hours: null,
    },
  ]);
  expect(page.text()).toContain('The rules are saved');
});

test('a rule without a contact method is refused beside its field', async () => {
  await open();
  await press('Add a rule: Critical and high');
  await submit(page);
  expect(page.root.querySelector('dialog .fault')?.textContent).toBe('Choose at least one.');
  expect(saved).toEqual([]);
});

test('rules are moved, deleted, and set back to the defaults', async () => {
  await open();
  await press('Later: Critical and high, at once');
  await press('Delete: Critical and high, at once');
  await press('Use the defaults: Critical and high');
  expect(saved.map(({ high }) => high)).toEqual([
    moved(RULES.high, 0, 1),
    [{ ...RULES.high[1], after_minutes: 0 }],
    null,
  ]);
});

test('neighbours on the time line exchange their times', () => {
  expect(moved(RULES.high, 1, 0)).toEqual([
    { ...RULES.high[1], after_minutes: 0 },
    { ...RULES.high[0], after_minutes: 2 },
  ]);
  expect(without(RULES.high, 0)[0]?.after_minutes).toBe(0);
});

test('quiet hours are said in words, changed, and turned off', async () => {
  await open({ quiet_hours: { from: '22:00', to: '07:00', days: ['sat', 'sun'], time_zone: 'Europe/Berlin' } });
  expect(page.text()).toContain('Saturday and Sunday, 22:00 to 07:00 the next day, Europe/Berlin.');
  await press('Change: Quiet hours');
  await tick('Sunday');
  await submit(page);
  await press('Turn off: Quiet hours');
  expect(saved.map(({ quiet_hours }) => quiet_hours)).toEqual([
    { from: '22:00', to: '07:00', days: ['sat'], time_zone: 'Europe/Berlin' },
    null,
  ]);
});

test('the days of quiet hours have short names', () => {
  expect(daysInWords(undefined)).toBe('Every day');
  expect(daysInWords(['fri', 'thu', 'wed', 'tue', 'mon'])).toBe('Monday to Friday');
  expect(daysInWords(['wed', 'mon'])).toBe('Monday and Wednesday');
});

describe('a page to oneself', () => {
  type TestPage = Awaited<ReturnType<Ports['notify']['page']>>;
  const created_at = new Date().toISOString();
  const message = (of: Partial<TestPage['messages'][number]>): TestPage['messages'][number] => ({
    ...{ rule: 0, channel: 'sms', contact_method: PHONE.id, notification_id: null, status: 'planned', reason: null },
    bundle_id: null,
    at: new Date(Date.now() + 120_000).toISOString(),
    ...of,
  });
  const test1: TestPage = {
    ...{ id: PHONE.id, incident_id: 'page-me:1', person: { name: 'Ana', email: ANA }, urgency: 'high' },
    ...{ severity: 'critical', state: 'active', reason: null, created_at, held_until: null },
    messages: [message({ notification_id: 'n1', status: 'delivered', at: created_at }), message({ rule: 1 })],
  };
  const sent = { id: 'n1', sent_at: created_at, delivered_at: created_at, attempts: [], receipts: [] };
  const show = async (pages: TestPage[], method: Method = PHONE) => {
    page = await showPage(<PageMe methods={[method]} />, {
      notify: {
        pages: async () => ({ pages }),
        pageMe: async () => {
          pages.unshift(test1);
          return test1;
        },
        ofIncident: async () => ({ total: 1, notifications: [sent as never] }),
      },
    });
  };

  test('shows what each message does, and what is planned', async () => {
    await show([]);
    await press('Page me now');
    expect(page.text()).toMatch(/Work phoneAccepted .*Delivered .*/);
    expect(page.text()).toContain('Planned for ');
  });

  test('shows that its owner has answered', async () => {
    const later = new Date(Date.now() + 1_000).toISOString();
    await show([{ ...test1, state: 'cancelled', reason: 'acknowledged' }], { ...PHONE, last_answered_at: later });
    expect(page.text()).toContain('You answered: the later rules do not run.');
    expect(page.root.querySelector('.page-me li')?.textContent).toContain('Answered');
  });

  test('of an earlier day is not shown', async () => {
    await show([{ ...test1, created_at: AT }]);
    expect(page.root.querySelector('.page-me')).toBeNull();
  });
});
