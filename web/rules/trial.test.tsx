/** @jest-environment @happy-dom/jest-environment */
import { Route, Router } from 'preact-iso';
import { Problem } from '../../src/kernel/ports/problem';
import type { Ports } from '../ports';
import { ANA, closePage, type ShownPage, settled, showPage, type } from '../testing/page';
import { RulesPage } from './RulesPage';
import type { Backtest } from './useBacktest';
import { draftOf, type Rule } from './view';

type Alerts = Ports['alerts'];
const AT = '2026-03-28T02:00:00.000Z';
const ALERT = '00000000-0000-4000-8000-0000000000a1';
const OTHER = '00000000-0000-4000-8000-0000000000a2';
const TEST = '00000000-0000-4000-8000-0000000000b1';

const rule = (n: number, name: string): Rule => ({
  ...{ id: `00000000-0000-4000-8000-00000000000${n}`, name, enabled: true, stop: false, when: ['env="staging"'] },
  ...{ during: null, then: { drop: false, set: { severity: 'low' } }, created_at: AT, created_by: 'ana' },
  ...{ updated_at: AT, updated_by: 'ana', dropped: 0 },
});
const RULES = [rule(1, 'Staging is quiet'), rule(2, 'Noise')];

const change = (alert_id: string, because: 'dropped' | 'joined', joined: string | null) => ({
  ...{ alert_id, at: AT, service: 'shop', severity: 'high' as const, message: 'Disk full', because, joined },
  decision: [],
});
const counts = (incidents: number, pages: number, dropped = 0) => ({ incidents, pages, dropped, muted: 0, held: 0 });
const run = (over: Partial<Backtest> = {}): Backtest => ({
  ...{ id: TEST, state: 'running', days: 7, started_at: AT, started_by: 'ana', finished_at: null, reason: null },
  ...{ progress: { alerts: 120, of: 400 }, not_considered: ['upstreams', 'ended_mutes'], result: null },
  ...over,
});
const DONE = run({
  ...{ state: 'done', finished_at: AT },
  result: {
    ...{ alerts: 400, events: 1_500, current: counts(30, 21), draft: counts(12, 9, 44) },
    ...{ missed_total: 201, new_total: 1, missed: [change(ALERT, 'dropped', null)] },
    ...{ new: [change(OTHER, 'joined', ALERT)], without_history: 3, dropped_not_replayed: 1, stopped_at: AT },
  },
});

let page: ShownPage;
let asked: [string, unknown][];
/** The answer to the question for the progress, which waits for it. */
let answer: (with_: Backtest) => void;

const server: Partial<Alerts> = {
  listRules: async () => ({ version: '1', rules: RULES }),
  rulesMatches: async (input) => {
    asked.push(['matches', input]);
    const fields = { service: 'shop', severity: 'high', message: 'Disk full', labels: {} } as const;
    const alert = { id: ALERT, created_at: AT, status: 'firing', incident_id: null, ...fields } as const;
    return {
      alerts: [{ ...alert, did: 'set severity low', after: { ...fields, severity: 'low' } }],
      compared: 20_000,
      more: true,
    };
  },
  startBacktest: async (input) => {
    asked.push(['start', input]);
    return run();
  },
  getBacktest: async ({ id }) => {
    asked.push(['get', id]);
    return new Promise((resolve) => {
      answer = resolve;
    });
  },
  cancelBacktest: async ({ id }) => {
    asked.push(['cancel', id]);
    return run({ state: 'cancelled', finished_at: AT });
  },
};

async function open(url = '/rules', fakes: Partial<Alerts> = {}, who: Parameters<typeof showPage>[3] = ANA) {
  asked = [];
  page = await showPage(
    <Router>
      <Route path="/rules" component={RulesPage} />
      <Route default component={() => null} />
    </Router>,
    { alerts: { ...server, ...fakes }, oncall: { teams: async () => [] } },
    url,
    who,
  );
}

const names = () => asked.map(([name]) => name);
const waits = async (until: () => boolean): Promise<void> => {
  for (let turn = 0; turn < 400 && !until(); turn++) await settled();
  expect(until()).toBe(true);
};

afterEach(closePage);

test('beside the chosen rule are the alerts that it matches, and what it would do with them', async () => {
  await open(`/rules?rule=${RULES[0]?.id}`);
  expect(asked).toEqual([['matches', { rule: draftOf(RULES[0] as Rule) }]]);
  expect(page.text()).toContain('Compared with the newest 20,000 alerts');
  expect(page.root.querySelector(`a[href="/alerts/${ALERT}"]`)?.textContent).toBe('Disk full');
  expect(page.text()).toContain('set severity low');
});

test('the draft in the dialog is matched before it is saved', async () => {
  await open();
  await page.doing(() => page.button('Change Noise').click());
  await page.doing(() => type(document.querySelector('dialog [name=when]') as HTMLInputElement, 'env="test"'));
  await page.doing(() => page.button('Show what it matches').click());
  expect(asked).toMatchObject([['matches', { rule: { name: 'Noise', when: ['env="test"'] } }]]);
  expect(document.querySelector('dialog')?.textContent).toContain('Disk full');
});

test('what would change is asked with all rules, shows its progress, and each page that is missed or new', async () => {
  await open();
  await page.doing(() => page.button('Change Noise').click());
  await page.doing(() => type(document.querySelector('dialog [name=when]') as HTMLInputElement, 'env="test"'));
  await page.doing(() => page.button('What would change').click());
  expect(asked).toMatchObject([
    ['start', { days: 7, draft: [draftOf(RULES[0] as Rule), { name: 'Noise', when: ['env="test"'] }] }],
  ]);
  expect(page.text()).toContain('120 of 400 alerts replayed');
  await waits(() => names().includes('get'));
  await page.doing(() => answer(DONE));
  const cells = [...document.querySelectorAll('dialog tbody tr')].map((row) =>
    [...row.children].map((cell) => cell.textContent),
  );
  expect(cells.slice(0, 3)).toEqual([
    ['Incidents', '30', '12'],
    ['Pages', '21', '9'],
    ['Dropped alerts', '0', '44'],
  ]);
  for (const text of [
    ...['201 pages missed', 'The first 1 of 201', 'a rule drops it', '1 new page', 'it joins the incident of'],
    ...['3 alerts without complete history', '1 report dropped by the rules of now is not stored'],
    'The replay stopped at 1,000,000 reports',
  ]) {
    expect(page.text()).toContain(text);
  }
  expect(page.text()).not.toContain('alerts that flap');
  expect([...document.querySelectorAll('dialog a')].map((link) => link.getAttribute('href'))).toEqual(
    [ALERT, OTHER, ALERT].map((id) => `/alerts/${id}`),
  );
});

test('a report is tested against the draft before it is saved', async () => {
  await open('/rules', {
    testRules: async (input) => {
      asked.push(['test', input]);
      const becomes = { service: 'shop', severity: 'low', message: 'Slow', labels: {}, decision: [] } as const;
      const route = { team: null, policy: null, group_key: '', window_minutes: null, page: true, room: null };
      return { result: 'muted', ...becomes, ...route } as never;
    },
  });
  await page.doing(() => page.button('Change Noise').click());
  const enter = (name: string, text: string) =>
    page.doing(() => type(document.querySelector(`dialog [name="${name}"]`) as HTMLInputElement, text));
  await enter('when', 'env="test"');
  await enter('report.service', 'shop');
  await enter('report.message', 'Slow');
  await page.doing(() => page.button('Test').click());
  expect(asked).toMatchObject([
    [
      'test',
      { report: { service: 'shop', message: 'Slow' }, rules: [{ when: ['env="staging"'] }, { when: ['env="test"'] }] },
    ],
  ]);
  expect(document.querySelector('dialog')?.textContent).toContain('It is stored and muted');
});

test('a new rule is the last one of the draft', async () => {
  await open();
  await page.doing(() => page.button('New rule').click());
  await page.doing(() => page.button('What would change').click());
  const [, input] = asked[0] as [string, { draft: { name: string }[] }];
  expect(input.draft.map(({ name }) => name)).toEqual(['Staging is quiet', 'Noise', 'Draft']);
});

test('a replay is cancelled by its button', async () => {
  await open();
  await page.doing(() => page.button('New rule').click());
  await page.doing(() => page.button('What would change').click());
  await page.doing(() => page.button('Cancel the replay').click());
  await waits(() => page.text().includes('The replay is cancelled.'));
  expect(names()).toContain('cancel');
});

test('a replay that is no longer shown is cancelled, because only one runs at a time', async () => {
  await open(`/rules?rule=${RULES[1]?.id}`);
  await page.doing(() => page.button('What would change without it').click());
  expect(asked[1]).toMatchObject(['start', { draft: [{ enabled: true }, { name: 'Noise', enabled: false }] }]);
  page.close();
  await settled();
  expect(names()).toContain('cancel');
});

test('a replay that cannot start shows the reason', async () => {
  const message = 'A back-test runs already';
  await open('/rules', { startBacktest: () => Promise.reject(new Problem('conflict', message)) });
  await page.doing(() => page.button('New rule').click());
  await page.doing(() => page.button('What would change').click());
  expect(page.text()).toContain(message);
});

test('a viewer has no alerts beside a rule', async () => {
  await open(`/rules?rule=${RULES[0]?.id}`, {}, { ...ANA, role: 'viewer' });
  expect(asked).toEqual([]);
});
