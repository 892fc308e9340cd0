/** @jest-environment @happy-dom/jest-environment */
import fc from 'fast-check';
import { Route, Router } from 'preact-iso';
import { lastHeartbeatAt } from '../live/connection';
import { useKeyboard, useKeys } from '../shell/keys';
import { pageActions } from '../shell/shown';
import { anIncident, closePage, press, type ShownPage, showPage } from '../testing/page';
import { Markdown } from '../ui/markdown';
import { age, countdown, now, span } from '../ui/times';
import { Toasts, undoable, undoShownChange, unsay } from '../ui/toast';
import { type Deliveries, deliveriesAsSentences } from './deliveries';
import { IncidentPage } from './IncidentPage';
import { plainOf, sentenceOf, type Whole } from './timelineSentence';

let page: ShownPage;
let asked: unknown[];

const entry = (
  event_type: Whole['timeline'][number]['event_type'],
  detail: Record<string, unknown> = {},
  actor = 'Ben',
) => ({
  id: '00000000-0000-4000-8000-00000000000e',
  event_type,
  actor,
  detail,
  created_at: '2026-03-28T02:12:06.000Z',
});

const whole = (change: Partial<Whole> = {}): Whole => ({
  ...anIncident({ title: '[HIGH] checkout: Payments fail' }),
  alerts: [],
  alerts_total: 0,
  alerts_firing: 0,
  notes: [],
  timeline: [entry('created', {}, 'system')],
  ...change,
});

function Shown() {
  useKeyboard();
  useKeys({ u: undoShownChange });
  return (
    <>
      <Router>{[<Route key="incident" path="/incidents/:id" component={IncidentPage} />]}</Router>
      <Toasts />
    </>
  );
}

async function open(of: Whole, deliveries: Deliveries = []): Promise<void> {
  asked = [];
  now.value = Date.now();
  lastHeartbeatAt.value = now.value;
  page = await showPage(
    <Shown />,
    {
      incidents: {
        get: async () => of,
        undo: async ({ id }) => {
          asked.push({ undo: id });
          return { ...of, updated_at: new Date().toISOString() };
        },
        reopen: async ({ id }) => {
          asked.push({ reopen: id });
          return { ...of, status: 'open', resolved_at: null, updated_at: new Date().toISOString() };
        },
        unacknowledge: async ({ id }) => {
          asked.push({ unacknowledge: id });
          return { ...of, status: 'open', updated_at: new Date().toISOString() };
        },
        update: async (input) => {
          asked.push(input);
          return { ...of, status: 'acknowledged', updated_at: new Date().toISOString() };
        },
        addNote: async (input) => {
          asked.push(input);
          return { id: of.id, incident_id: of.id, author: 'ana', content: input.content, created_at: of.created_at };
        },
      },
      notify: { ofIncident: async () => ({ notifications: deliveries, total: deliveries.length }) },
    },
    `/incidents/${of.id}`,
  );
}

const linked = (change: Partial<Whole['alerts'][number]> = {}): Whole['alerts'][number] => ({
  id: '00000000-0000-4000-8000-0000000000a1',
  service: 'checkout',
  severity: 'high',
  message: 'Payments fail',
  source: 'alertmanager',
  labels: {},
  fingerprint: 'f',
  timestamp: '2026-03-28T02:12:04.000Z',
  created_at: '2026-03-28T02:12:04.000Z',
  description: null,
  links: [],
  incident_id: '00000000-0000-4000-8000-000000000001',
  firing: true,
  ended_at: null,
  incident_state: null,
  ...change,
});

describe('the source of an incident', () => {
  afterEach(closePage);

  test('its runbook and those of its alerts are buttons, each address once', async () => {
    const runbook = { kind: 'runbook' as const, url: 'https://wiki.example/r' };
    const dashboard = { kind: 'dashboard' as const, url: 'https://grafana.example/d/1' };
    await open(whole({ links: [runbook], alerts: [linked({ links: [dashboard, runbook] })], alerts_total: 1 }));
    const buttons = [
      ...(page.root.querySelector('nav[aria-label="Links of the source"]')?.querySelectorAll('a') ?? []),
    ];
    expect(buttons.map(({ textContent, href, rel }) => [textContent, href, rel])).toEqual([
      ['Runbook', 'https://wiki.example/r', 'noopener noreferrer'],
      ['Dashboard', 'https://grafana.example/d/1', 'noopener noreferrer'],
    ]);
  });

  test('an alert that fires although its incident is resolved shows that, and is counted', async () => {
    const resolved_at = new Date().toISOString();
    const state = { status: 'resolved' as const, resolved_by: 'Maria', resolved_at };
    const alerts = [linked({ incident_state: state }), linked({ firing: false, ended_at: resolved_at })];
    await open(whole({ status: 'resolved', resolved_at, alerts, alerts_total: 2, alerts_firing: 1 }));
    const labels = [...page.root.querySelectorAll('.list .label.end')].map(({ textContent }) => textContent);
    expect(labels[0]).toMatch(/^firing · incident resolved by Maria \d\d:\d\d/);
    expect(labels[1]).toMatch(/^ended /);
    expect(page.text()).toContain('1 alert still fires at the source');
  });

  test('the page shows how many alerts the source suppresses', async () => {
    await open(whole({ hidden_alerts: 3 }));
    expect(page.root.querySelector('.banner')?.textContent).toContain('The source holds back 3 alerts.');
  });

  test('the page shows where a rule routed the incident', async () => {
    const by = { kind: 'rule' as const, name: 'Web gets it' };
    await open(whole({ team: 'web', routing: { team: 'web', policy: 'database', by } }));
    expect(page.text()).toContain('team web, policy of database. Routed by rule “Web gets it”');
    expect(page.root.querySelector('.banner')).toBeNull();
  });

  test('the page of an incident that pages no one says why', async () => {
    await open(whole({ not_paged_by: 'Staging is quiet' }));
    expect(page.root.querySelector('.banner')?.textContent).toContain('pages no one, because rule “Staging is quiet”');
  });

  test('the timeline says where an incident was routed, and what no longer exists', () => {
    const said = (type: string, detail: Record<string, unknown>) =>
      plainOf(sentenceOf(entry(type as never, detail, 'system'), whole()));
    const route = { team: 'web', policy: null, by: { kind: 'integration', name: 'Prod' } };
    expect(said('created', { route })).toBe('Incident opened (team web; Routed by integration “Prod”)');
    expect(said('created', { not_paged_by: 'Quiet' })).toBe('Incident opened (rule “Quiet” pages no one)');
    expect(said('paged', { step: 1, told: [], why: 'primary', missing_team: 'web' })).toContain(
      'team “web” does not exist, so the owner of the service was paged',
    );
    expect(said('room_notified', { room: 'slack:#ops' })).toBe('Room slack:#ops was notified');
  });

  test('a higher severity names the alert that caused it', () => {
    const detail = { from: 'low', to: 'critical', alert_id: 'x', alert: 'Disk full' };
    expect(plainOf(sentenceOf(entry('severity_changed', detail, 'prod alertmanager'), whole()))).toBe(
      'Severity raised from low to critical by alert Disk full',
    );
  });
});

describe('the page of an incident', () => {
  afterEach(() => {
    unsay();
    closePage();
  });
  const buttons = () => [...page.root.querySelectorAll('.acts button')].map((button) => button.textContent);

  test('offers the actions that its state allows', async () => {
    await open(whole({ status: 'acknowledged' }));
    expect(buttons()).toEqual(expect.arrayContaining(['Start work', 'Resolve']));
    expect(buttons()).not.toContain('Acknowledge');
  });

  test('offers only to reopen it after it is resolved', async () => {
    const of = whole({ status: 'resolved', resolved_at: '2026-03-28T03:00:00.000Z' });
    await open(of);
    expect(buttons()).toEqual([]);
    await page.doing(() => page.button('Reopen').click());
    expect(asked).toEqual([{ reopen: of.id }]);
    expect(page.text()).toContain('Reopened:');
  });

  test('a second click right after the acknowledgement does not resolve it', async () => {
    const of = whole();
    await open(of);
    expect(buttons().slice(0, 1)).toEqual(['Resolve']);
    await page.doing(() => press('a'));
    await page.doing(() => press('r'));
    await page.doing(() => page.button('Resolve').click());
    await page.doing(() => page.button('Unacknowledge').click());
    expect(asked).toEqual([{ id: of.id, status: 'acknowledged' }]);
  });

  test('an acknowledgement is undone by one key', async () => {
    const of = whole();
    await open(of);
    await page.doing(() => press('u'));
    await page.doing(() => press('a'));
    await page.doing(() => press('u'));
    expect(asked).toEqual([{ id: of.id, status: 'acknowledged' }, { undo: of.id }]);
    expect(page.root.querySelector('.head .state')?.textContent).toBe('Unacknowledged');
    expect(page.text()).toContain('Undone:');
  });

  test('an acknowledged incident shows who acknowledged it, and can be unacknowledged', async () => {
    const of = whole({ status: 'acknowledged', timeline: [entry('created'), entry('acknowledged')] });
    await open(of);
    expect(page.root.querySelector('.head strong')?.textContent).toMatch(/^Acknowledged by Ben, .*\d\d:12$/);
    await page.doing(() => page.button('Unacknowledge').click());
    expect(asked).toEqual([{ unacknowledge: of.id }]);
  });

  test('is acknowledged by one key', async () => {
    const of = whole();
    await open(of);
    await page.doing(() => press('a'));
    expect(asked).toEqual([{ id: of.id, status: 'acknowledged' }]);
    expect(page.root.querySelector('.head .state')?.textContent).toBe('Acknowledged');
  });

  test('a change of severity can be undone from its toast', async () => {
    const of = whole();
    await open(of);
    await page.doing(() => page.button('Change severity').click());
    await page.doing(() => {
      (page.root.querySelector('select[name=severity]') as HTMLSelectElement).value = 'low';
      page.button('Change').click();
    });
    await page.doing(() => page.button('Undo').click());
    expect(asked).toMatchObject([{ severity: 'low' }, { undo: of.id }]);
    expect(page.text()).toContain('Undone:');
  });

  test("the palette offers the actions of the incident's status", async () => {
    const offered = () => pageActions.value.map(({ text }) => text);
    await open(whole());
    expect(offered()).toEqual([]);
    await page.doing(() => press('a'));
    expect(offered()).toEqual(['Unacknowledge']);
    expect(undoable.value).toMatch(/^Acknowledged: /);
    page.close();
    expect(offered()).toEqual([]);
    const of = whole({ status: 'resolved', resolved_at: '2026-03-28T03:00:00.000Z' });
    await open(of);
    await page.doing(() => pageActions.value[0]?.go());
    expect(asked).toEqual([{ reopen: of.id }]);
  });

  test('shows a countdown while it is live, and an instant when it is not', async () => {
    const next = new Date(Date.now() + 192_500).toISOString();
    await open(whole({ escalation: { state: 'running', step: 1, round: 0, next_step: 2, next_step_at: next } }));
    expect(page.root.querySelector('[role=timer]')?.textContent).toBe('3:13');
    await page.doing(() => {
      now.value += 60_000;
    });
    expect(page.root.querySelector('[role=timer]')).toBeNull();
    expect(page.root.querySelector('.count')?.textContent).toMatch(/^at \d\d:\d\d:\d\d$/);
  });
});

const delivery = (change: Partial<Deliveries[number]> = {}): Deliveries[number] => ({
  id: '00000000-0000-4000-8000-00000000000d',
  incident_id: 'i',
  channel: 'email',
  recipient: 'ben@example.com',
  message: 'm',
  severity: null,
  outcome: null,
  status: 'sent',
  reason: null,
  created_at: '2026-03-28T02:12:07.000Z',
  sent_at: null,
  delivered_at: null,
  bundle_id: null,
  receipts: [],
  metadata: {},
  person: { name: 'Ben', email: 'ben@example.com' },
  attempts: [],
  ...change,
});
const attempt = (change: Partial<Deliveries[number]['attempts'][number]> = {}) => ({
  attempt: 1,
  outcome: 'sent' as const,
  reason: null,
  receipt: null,
  started_at: '2026-03-28T02:12:08.000Z',
  duration_ms: 1_400,
  ...change,
});

describe('deliveries', () => {
  const saidOf = (of: Deliveries[number]) => deliveriesAsSentences([of]).map(({ sentence }) => plainOf(sentence));

  test('show what the provider reported after the attempt', () => {
    const receipt = (state: 'sent' | 'delivered' | 'undelivered', reason: string | null = null) => ({
      ...{ attempt: 1, state, reason },
      at: '2026-03-28T02:12:11.000Z',
    });
    const attempts = [attempt()];
    const after = (...receipts: ReturnType<typeof receipt>[]) => saidOf(delivery({ attempts, receipts })).slice(1);
    expect(after(receipt('sent'), receipt('delivered'))).toEqual(['The message to Ben by E-mail arrived']);
    expect(after(receipt('undelivered', 'unknown number'))[0]).toMatch(/by E-mail did not arrive.*unknown number/);
  });

  test('show each attempt, with the reason of a failure', () => {
    const attempts = [attempt({ outcome: 'failed', reason: 'mailbox busy' }), attempt({ attempt: 2 })];
    expect(saidOf(delivery({ attempts }))).toEqual([
      'Ben could not be notified by E-mail (attempt 1: mailbox busy)',
      'Ben was notified by E-mail, in 1.4 s (attempt 2)',
    ]);
  });

  test('that ended before any attempt show why, and those that are queued show nothing', () => {
    expect(saidOf(delivery({ status: 'failed', reason: 'not_configured' }))).toEqual([
      'Ben could not be notified by E-mail (this channel is not configured)',
    ]);
    expect(saidOf(delivery({ status: 'cancelled', reason: 'acknowledged', person: null }))).toEqual([
      'ben@example.com was not notified by E-mail (already acknowledged)',
    ]);
    expect(saidOf(delivery({ status: 'queued' }))).toEqual([]);
  });

  test('that are notices are not called pages', () => {
    const notice = (outcome: 'acknowledged' | 'resolved', change: Partial<Deliveries[number]>) =>
      saidOf(delivery({ outcome, ...change }));
    expect(notice('acknowledged', { attempts: [attempt()] })).toEqual([
      'Notice of the acknowledgement delivered to Ben by E-mail, in 1.4 s (attempt 1)',
    ]);
    expect(notice('resolved', { attempts: [attempt({ outcome: 'failed', reason: 'mailbox busy' })] })).toEqual([
      'Notice of the resolution to Ben by E-mail failed (attempt 1: mailbox busy)',
    ]);
    expect(notice('resolved', { status: 'cancelled', reason: 'undone' })).toEqual([
      'Notice of the resolution to Ben by E-mail not sent (the change was undone)',
    ]);
  });

  test('by the mock channel are not called delivered', () => {
    expect(saidOf(delivery({ channel: 'mock', attempts: [attempt()] }))).toEqual([
      'Ben was not reached: the message was only recorded',
    ]);
    expect(saidOf(delivery({ channel: 'mock', status: 'recorded' }))).toEqual([
      'Ben was not reached: the message was only recorded',
    ]);
  });

  test('are part of the timeline, and a filter shows only them', async () => {
    await open(whole(), [delivery({ attempts: [attempt()] })]);
    const entries = () => [...page.root.querySelectorAll('.line li p')].map((each) => each.textContent?.trim());
    expect(entries()).toEqual(['Ben was notified by E-mail, in 1.4 s attempt 1', 'Incident opened']);
    await page.doing(() => page.button('Deliveries').click());
    expect(entries()).toEqual(['Ben was notified by E-mail, in 1.4 s attempt 1']);
    page.close();
  });
});

describe('what happened', () => {
  test.each([
    [entry('acknowledged'), 'Ben acknowledged'],
    [entry('resolved', {}, 'system'), 'Resolved, because its last alert ended'],
    [
      entry(
        'paged',
        { step: 2, why: 'secondary', told: [{ name: 'Ana', role: 'secondary', reachable: true }] },
        'system',
      ),
      'Step 2: paged Ana (secondary is on call)',
    ],
    [
      entry('page_failed', { recipient: 'ana@example.com', reason: 'mailbox unavailable' }, 'system'),
      'ana@example.com could not be notified: mailbox unavailable',
    ],
    [entry('severity_changed', { from: 'high', to: 'critical' }), 'Ben changed the severity from high to critical'],
    [entry('assigned', { previous: null, new: 'Ana' }), 'Ben assigned it to Ana'],
    [
      entry('ack_timed_out', { minutes: 1_440 }, 'system'),
      'No activity for 1 day after the acknowledgement; it pages again',
    ],
  ])('%# is a sentence', (happened, said) => {
    expect(plainOf(sentenceOf(happened, whole()))).toBe(said);
  });

  test('a note shows its real actor beside a given author, and one name if both are the same', () => {
    const saying = (author: string, actor: string | null) => {
      const notes = [{ id: 'n', author, actor, content: 'hello', created_at: '2026-03-28T02:12:04.000Z' }];
      return plainOf(sentenceOf(entry('note_added', { note_id: 'n', preview: 'hello' }, 'maria'), whole({ notes })));
    };
    expect(saying('Dr. Who', 'maria')).toBe('maria added a note (Author: Dr. Who): hello');
    expect(saying('maria', 'maria')).toBe('maria added a note: hello');
    expect(saying('Dr. Who', null)).toBe('maria added a note: hello');
  });
});

test('a text with more lines than the limit shows that it is cut', async () => {
  const shown = await showPage(<Markdown text={'- a\n'.repeat(2_500)} />, {});
  expect(shown.root.querySelectorAll('li')).toHaveLength(2_000);
  expect(shown.text()).toContain('Only the first 2,000 lines are shown here.');
  shown.close();
});

test('no text of a note becomes an element that loads or runs anything', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.constantFrom(
          '<script>',
          '<img src=x>',
          '[a](javascript:x)',
          '**b**',
          '`c`',
          '[d](https://x.example)',
          '\n',
          'e',
        ),
      ),
      async (parts) => {
        const shown = await showPage(<Markdown text={parts.join('')} />, {});
        expect(shown.root.querySelectorAll('script, img, iframe, style')).toHaveLength(0);
        for (const link of shown.root.querySelectorAll('a')) expect(link.getAttribute('href')).toMatch(/^https?:/);
        shown.close();
      },
    ),
    { numRuns: 25 },
  );
});

test.each([
  [0, '0 s', '0 s', '0:00'],
  [161, '2 min 41 s', '2 min', '2:41'],
  [3_840, '1 h 4 min', '1 h 4 min', '1 h 4 min'],
  [18_000, '5 h', '5 h', '5 h'],
  [266_400, '3 days 2 h', '3 days', '3 days 2 h'],
])('%i seconds have three formats', (seconds, whole, short, counting) => {
  expect([span(seconds), age(seconds), countdown(seconds)]).toEqual([whole, short, counting]);
});

describe('an incident that two people must acknowledge', () => {
  const half = (by: string[]): Whole =>
    whole({
      status: 'acknowledged',
      escalation: {
        state: 'running',
        step: 1,
        round: 0,
        next_step: 2,
        next_step_at: '2099-01-01T00:00:00.000Z',
        acknowledgements: { wanted: 2, by },
      },
      timeline: [entry('acknowledged', { acknowledgements: { count: 1, wanted: 2 } })],
    });

  test('says how many have, and lets another person acknowledge', async () => {
    const of = half(['Ben']);
    await open(of);
    expect(page.text()).toContain('1 of 2 people have acknowledged. The escalation continues until 2 have.');
    expect(page.text()).toContain('acknowledged (1 of 2 people)');
    await page.doing(() => page.button('Acknowledge').click());
    expect(asked).toEqual([{ id: of.id, status: 'acknowledged' }]);
  });

  test('offers no second acknowledgement to the same person', async () => {
    await open(half(['ana']));
    const names = [...page.root.querySelectorAll('button')].map((button) => button.textContent);
    expect(names).not.toContain('Acknowledge');
  });
});
