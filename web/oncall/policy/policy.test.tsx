/** @jest-environment @happy-dom/jest-environment */
import { Route, Router } from 'preact-iso';
import { Problem } from '../../../src/kernel/ports/problem';
import type { Ports } from '../../ports';
import { type ShownPage, settled, showPage } from '../../testing/page';
import { foreseenWords } from '../../text/foreseen';
import { hasUnsaved } from '../../ui/page';
import { Toasts, unsay } from '../../ui/toast';
import type { Stored } from './draft';
import { linesOf } from './foreseenLines';
import { PolicyPage } from './PolicyPage';

type Oncall = Ports['oncall'];
type Preview = Awaited<ReturnType<Ports['incidents']['previewEscalation']>>;

const POLICY: Stored = {
  team: 'web',
  is_default: false,
  version: 'v1',
  steps: [
    { targets: [{ kind: 'schedule', team: 'web', role: 'primary', or_primary: false }], wait_minutes: 5 },
    {
      targets: [
        { kind: 'person', email: 'ben@example.com' },
        { kind: 'room', address: 'slack:ops' },
      ],
      wait_minutes: 10,
    },
  ],
  repeat: 2,
  ack_timeout_minutes: 30,
  support_hours: null,
  updated_at: '2026-03-28T02:00:00.000Z',
  updated_by: 'ana',
};
const told = (name: string, reachable: boolean) => ({
  name,
  email: null,
  role: 'primary',
  channel: 'email',
  recipient: name,
  reachable,
});
const PREVIEW: Preview = {
  team: 'web',
  severity: 'critical',
  at: '2026-03-28T02:12:00.000Z',
  steps: [
    {
      at: '2026-03-28T02:12:00.000Z',
      step: 1,
      round: 0,
      why: 'primary',
      told: [told('Ana', true)],
      next_at: '2026-03-28T02:17:00.000Z',
    },
    {
      at: '2026-03-28T02:17:00.000Z',
      step: 2,
      round: 0,
      why: 'person',
      told: [told('Ben', false)],
      next_at: '2026-03-28T02:27:00.000Z',
    },
    {
      at: '2026-03-28T02:27:00.000Z',
      step: 1,
      round: 1,
      why: 'nobody_on_call',
      told: [],
      next_at: '2026-03-28T02:32:00.000Z',
    },
  ],
  exhausted_at: '2026-03-28T02:32:00.000Z',
  again_at: null,
};

let page: ShownPage;
let put: Parameters<Oncall['putPolicy']>[0][];
type Draft = Parameters<Ports['incidents']['previewDraft']>[0];

let previews: unknown[];
let drafts: Draft[];

async function open(fakes: Partial<Oncall> = {}, role = 'admin', url = '/oncall/web/policy'): Promise<void> {
  put = [];
  previews = [];
  drafts = [];
  const oncall: Partial<Oncall> = {
    getPolicy: async () => POLICY,
    putPolicy: async (input) => {
      put.push(input);
      return { ...POLICY, version: 'v2' };
    },
    people: async () => [{ name: 'Ben Okafor', email: 'ben@example.com', time_zone: 'UTC' }],
    teams: async () => [],
    ...fakes,
  };
  const incidents = {
    previewEscalation: async (input: unknown) => {
      previews.push(input);
      return PREVIEW;
    },
    previewDraft: async (input: unknown) => {
      drafts.push(input as Draft);
      return { ...PREVIEW, steps: PREVIEW.steps.slice(0, 1) };
    },
  };
  const shown = (
    <>
      <Router>
        <Route path="/oncall/:team/policy" component={PolicyPage} />
        <Route default component={PolicyPage} />
      </Router>
      <Toasts />
    </>
  );
  page = await showPage(shown, { oncall, incidents }, url, { username: 'ana', role } as never);
  await settled();
}

const submit = () =>
  page.doing(() =>
    page.root.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true, bubbles: true })),
  );
const setWait = (minutes: string) =>
  page.doing(() => {
    const input = page.root.querySelector<HTMLInputElement>('input[name="wait-1"]');
    if (input === null) throw new Error('There is no field for the wait.');
    input.value = minutes;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });

afterEach(() => {
  unsay();
  page.close();
});

test('a link to a step opens the editor at that step, for users who can edit', async () => {
  await open({}, 'admin', '/oncall/web/policy?step=2');
  expect(document.activeElement?.getAttribute('name')).toBe('steps.1.targets.0.kind');
  page.close();
  await open({}, 'viewer', '/oncall/web/policy?step=2');
  expect(page.root.querySelector('form')).toBeNull();
});

test("a policy is shown as sentences with people's names", async () => {
  await open();
  const rungs = [...(page.root.querySelector('.ladder')?.querySelectorAll('li > div') ?? [])];
  expect(rungs.map(({ textContent }) => textContent)).toEqual([
    'Primary of webwait 5 min',
    'Ben Okafor and #opswait 10 min, then repeat from 1, twice',
  ]);
  expect(page.text()).toContain('Acknowledged and silent for 30 min: it restarts at step 1.');
});

test('the preview shows who is paged, when, by which channel and why, and who cannot be reached', async () => {
  await open();
  expect(page.text()).toContain('Nothing is sent');
  expect(page.text()).toContain('Ana by e-mail');
  expect(page.text()).toContain('+5 min');
  expect(page.text()).toContain('Ben cannot be reached: no address on a channel that is set up');
  expect(page.text()).toContain('no one is on call');
});

test('the preview has a line per person with the methods in the order of their time', () => {
  const ana = { ...told('Ana', true), email: 'ana@example.com' };
  const lines = linesOf([
    { ...ana, channel: 'webpush' },
    { ...ana, channel: 'email' },
    { ...ana, channel: 'sms', after_minutes: 2 },
    { ...told('Ben', false), why_not: 'unverified' },
    { ...told('Cy', false), channel: 'unknown', reach_unknown: true },
    { ...told('Dee', true), channel: 'sms', held_until: '2026-03-28T07:00:00.000Z' },
  ]);
  expect(lines).toMatchObject([
    {
      name: 'Ana',
      methods: [
        { afterMinutes: 0, channels: ['webpush', 'email'] },
        { afterMinutes: 2, channels: ['sms'] },
      ],
    },
    { name: 'Ben', methods: [], whyNot: 'unverified', unknown: false },
    { name: 'Cy', unknown: true },
    { name: 'Dee', heldUntil: '2026-03-28T07:00:00.000Z' },
  ]);
  const [first] = lines;
  expect(first?.methods.map(({ channels, afterMinutes }) => foreseenWords.by(channels, afterMinutes)).join(', ')).toBe(
    'by push and e-mail, +2 min by SMS',
  );
});

test('the address holds the instant and the severity of the preview', async () => {
  await open({}, 'admin', '/oncall/web/policy?severity=low&at=2026-03-28T03:12');
  expect(previews).toEqual([{ team: 'web', severity: 'low', at: new Date('2026-03-28T03:12').toISOString() }]);
});

test('an edit is saved with the version that was opened', async () => {
  await open();
  await page.doing(() => page.button('Edit policy').click());
  await setWait('7');
  expect(hasUnsaved()).toBe(true);
  await submit();
  expect(put).toEqual([expect.objectContaining({ team: 'web', if_match: '"v1"' })]);
  expect(put[0]?.steps[0]?.wait_minutes).toBe(7);
  expect(hasUnsaved()).toBe(false);
  expect(page.text()).toContain('Policy saved');
});

test('a step can page its people in turn, and the policy says so', async () => {
  await open();
  await page.doing(() => page.button('Edit policy').click());
  const ticks = [...page.root.querySelectorAll<HTMLInputElement>('input[type=checkbox]')];
  const inTurn = ticks.find((tick) => tick.closest('label')?.textContent?.includes('round robin'));
  await page.doing(() => inTurn?.click());
  await submit();
  expect(put[0]?.steps[0]?.round_robin).toBe(true);
});

test('a step can ask for the acknowledgements of several people', async () => {
  await open();
  await page.doing(() => page.button('Edit policy').click());
  await page.doing(() => {
    const field = page.field('acknowledgements-1');
    field.value = '2';
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await submit();
  expect(put[0]?.steps[0]?.acknowledgements).toBe(2);
});

/** The text of the preview after the debounce. */
async function comes(said: string): Promise<void> {
  for (const end = Date.now() + 15_000; !page.text().includes(said) && Date.now() < end; ) await settled();
  expect(page.text()).toContain(said);
}

test('the preview follows the draft before it is saved, and stores nothing', async () => {
  await open();
  await page.doing(() => page.button('Edit policy').click());
  expect(page.text()).toContain('Round 2');
  await setWait('7');
  await comes('If this is saved. Nothing is sent');
  expect(drafts).toEqual([
    { team: 'web', severity: 'critical', policy: expect.objectContaining({ repeat: 2, ack_timeout_minutes: 30 }) },
  ]);
  expect(drafts[0]?.policy.steps?.[0]?.wait_minutes).toBe(7);
  expect(page.text()).not.toContain('Round 2');
  expect(put).toEqual([]);
  await page.doing(() => page.button('Discard changes').click());
  await comes('Nothing is sent');
  expect(page.text()).toContain('Round 2');
  expect(page.text()).not.toContain('If this is saved');
});

test('a draft with a step without targets sends no preview request', async () => {
  await open();
  await page.doing(() => page.button('Edit policy').click());
  const address = page.root.querySelector<HTMLInputElement>('input[list="people-known"]');
  await page.doing(() => {
    if (address === null) throw new Error('There is no field for the address.');
    address.value = '';
    address.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await comes('The preview appears when every step has a target');
  expect(drafts).toEqual([]);
});

test("another person's save is shown, the draft is kept, and it overwrites theirs only on request", async () => {
  let version = 'v1';
  const seen: (string | undefined)[] = [];
  await open({
    getPolicy: async () => ({ ...POLICY, version }),
    putPolicy: async ({ if_match }) => {
      seen.push(if_match);
      if (if_match !== `"${version}"`) throw new Problem('stale', 'Somebody else changed this meanwhile.');
      return POLICY;
    },
  });
  await page.doing(() => page.button('Edit policy').click());
  await setWait('7');
  version = 'v2';
  await submit();
  expect(page.root.querySelector('[role="alert"]')?.textContent).toContain(
    'Another person saved this while you were editing it.',
  );
  expect(page.root.querySelector<HTMLInputElement>('input[name="wait-1"]')?.value).toBe('7');
  await page.doing(() => page.button('Save mine over theirs').click());
  expect(seen).toEqual(['"v1"', '"v2"']);
});

test('errors of the server are shown at their fields', async () => {
  await open({
    putPolicy: async () => {
      const errors = [{ path: 'steps.1.targets.0.email', message: 'Nobody is known by this address' }];
      throw new Problem('invalid', 'The request is not valid', { errors });
    },
  });
  await page.doing(() => page.button('Edit policy').click());
  await setWait('7');
  await submit();
  expect(page.root.querySelector('.ladder .fault')?.textContent).toBe('Nobody is known by this address');
});

test('a viewer sees the policy and no buttons to change it', async () => {
  await open({}, 'viewer');
  expect(page.text()).toContain('Ben Okafor');
  expect(page.text()).not.toContain('Edit policy');
});
