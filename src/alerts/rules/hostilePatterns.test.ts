import request from 'supertest';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import { watchLoop } from '../../testing/loopWatch';
import { matcherText } from './matcher';

/** Matchers of rules and silences that would take minutes, or mean something in JavaScript. */

let harness: AlertsHarness;
beforeAll(async () => {
  harness = await alertsHarness();
});
afterEach(async () => {
  const { rules } = await harness.alerts.port.listRules({}, someone());
  for (const { id } of rules) await harness.alerts.port.deleteRule({ id }, someone());
});
afterAll(() => harness.drop());

/** A turn of the event loop with one match, by processor time; twice the bound, because other programs share caches. */
const LONGEST_TURN_MS = 100;
const LONGEST_MESSAGE = 2_000;
const TURNS = 5;

const api = () => request(harness.app());
const ruleOf = (when: string[]) =>
  api()
    .post('/api/v1/rules')
    .send({ name: 'x', when, then: { set: { severity: 'low' } } });
const silenceOf = (matchers: string[]) =>
  api()
    .post('/api/v1/silences')
    .send({ matchers, ends_at: new Date(harness.clock.now().getTime() + 60_000).toISOString(), comment: 'x' });
const report = (message: string, over: object = {}) =>
  api()
    .post('/api/v1/alerts')
    .send({ service: 'checkout', severity: 'high', message, ...over });

/** The best of several turns, because a garbage collection can fall into one of them. */
async function longestTurn(work: (turn: number) => Promise<unknown>): Promise<number> {
  const loop = watchLoop();
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < TURNS && best >= LONGEST_TURN_MS; turn++) {
    loop.longest();
    await work(turn);
    best = Math.min(best, loop.longest());
  }
  loop.stop();
  return best;
}

const RUNAWAYS = [
  '(a+)+$',
  '(a|a)*b',
  '(a*)*b',
  '([a-zA-Z]+)*x',
  '(.*a){12}',
  '(.*){60}',
  '((a{1,15}){1,15}){1,15}',
  `${'a?'.repeat(200)}${'a'.repeat(200)}`,
  `(${'a|'.repeat(120)}b)*`,
  `${'(a|aa)+'.repeat(20)}c`,
  '(?i)(A+)+b',
  '[\\w.-]+@([\\w-]+\\.)+[\\w-]+',
];

test.each(RUNAWAYS.map((pattern) => [pattern.slice(0, 40), pattern]))(
  'the pattern %s is refused by its field, or holds the event loop for a moment only',
  async (_shown, pattern) => {
    const matcher = matcherText({ name: 'message', operator: '=~', value: pattern });
    const made = await ruleOf([matcher]);
    expect([201, 422]).toContain(made.status);
    if (made.status === 422) {
      expect(made.body.errors[0].path).toMatch(/^when/);
      const silenced = await silenceOf([matcher]);
      expect([silenced.status, silenced.body.errors?.[0]?.path]).toEqual([422, expect.stringMatching(/^matchers/)]);
      return;
    }
    const turn = await longestTurn(async (n) => {
      expect((await report(`${n}${'a'.repeat(LONGEST_MESSAGE - 2)}!`)).status).toBe(201);
    });
    expect(turn).toBeLessThan(LONGEST_TURN_MS);
  },
);

test('a request beside a batch that meets many costly rules does not notice', async () => {
  const costly = matcherText({ name: 'message', operator: '=~', value: '(.*a){12}[^x]*(.*b){12}' });
  for (let n = 0; n < 40; n++) expect((await ruleOf([costly, `service="checkout"`])).status).toBe(201);
  const turn = await longestTurn(async (n) => {
    const alerts = Array.from({ length: 5 }, (_, i) => ({
      service: 'checkout',
      severity: 'high',
      message: `${n}-${i} ${'ab'.repeat(900)}`,
    }));
    const { body } = await api().post('/api/v1/alerts/batch').send({ alerts });
    expect(body.accepted).toBe(5);
  });
  expect(turn).toBeLessThan(LONGEST_TURN_MS);
});

test.each(['__proto__="x"', 'constructor=~".+"', '"toString"!=""', 'hasOwnProperty="x"'])(
  'the matcher %s compares a label of that name only',
  async (matcher) => {
    const made = await ruleOf([matcher]);
    expect(made.status).toBe(201);
    const { body } = await report(`A report for ${matcher}`);
    const alert = await harness.alerts.port.get({ alert_id: body.alert_id }, someone());
    expect([alert.severity, alert.decision]).toEqual(['high', []]);
  },
);

test.each([
  ['a NUL character', 'env="a\0b"'],
  ['a lone surrogate', 'env="\ud800"'],
  ['3,000 characters', `env="${'x'.repeat(3_000)}"`],
  ['a pattern of 501 characters', `env=~"${'x'.repeat(501)}"`],
  ['a line of braces', '{'.repeat(2_000)],
  ['a line of quotes', '"'.repeat(2_000)],
  ['a line of escapes', `env="${'\\'.repeat(1_999)}`],
])('a rule and a silence with %s are refused by their field', async (_name, matcher) => {
  const [rule, silence] = [await ruleOf([matcher]), await silenceOf([matcher])];
  expect([rule.status, rule.body.errors?.[0]?.path]).toEqual([422, expect.stringMatching(/^when/)]);
  expect([silence.status, silence.body.errors?.[0]?.path]).toEqual([422, expect.stringMatching(/^matchers/)]);
});
