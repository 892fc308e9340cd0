import { type Api, ask } from '../api';

/** The rules, silences and windows of a large installation, for measurements of the intake. */

const RULES = 200;
const SILENCES = 50;
const WINDOWS = 20;
/** Services of the measured alerts are `service-0` to `service-99`; those of other teams are not measured. */
const OTHERS = 150;
const HOUR_MS = 3_600_000;

/** The matchers and the actions of a rule. Most are about one service, some about a label, a few about every message. */
function ruleOf(n: number): [when: string[], then: object] {
  if (n % 10 === 0) return [[`message=~".*replica ${n} lags.*"`], { set: { severity: 'medium' } }];
  if (n % 10 === 1) return [['environment="production"', `zone=~"eu-${n}-.+"`], { set: { labels: { zoned: 'yes' } } }];
  const service = `service="${n % 2 === 0 ? `service-${n % 100}` : `other-${n}`}"`;
  if (n % 3 === 0) return [[service, 'severity=~"high|critical"'], { set: { labels: { owner: `team-${n % 7}` } } }];
  return [[service, 'message=~"(?i)test alert .+"'], { set: { severity: 'low' } }];
}

const silenceOf = (n: number) => ({
  matchers: n % 5 === 0 ? [`alertname=~"Noise${n}.+"`] : [`service="other-${n}"`, 'severity="high"'],
  ends_at: new Date(Date.now() + HOUR_MS).toISOString(),
  comment: `Silence ${n}`,
});

const windowOf = (n: number) => ({
  name: `Window ${n}`,
  services: [`other-${OTHERS + n}`],
  recurrence: {
    rrule: 'FREQ=WEEKLY;BYDAY=SU',
    time_zone: 'Europe/Berlin',
    starts_at: '2026-01-04T02:00',
    duration_minutes: 120,
  },
});

/** Creates 200 rules, 50 silences and 20 windows. None of them mutes a measured alert, because a muted one costs less. */
export async function configure(api: Api): Promise<void> {
  for (let n = 0; n < RULES; n++) {
    const [when, then] = ruleOf(n);
    await ask(api, 'POST', '/api/v1/rules', { name: `Rule ${n}`, when, then });
  }
  for (let n = 0; n < SILENCES; n++) await ask(api, 'POST', '/api/v1/silences', silenceOf(n));
  for (let n = 0; n < WINDOWS; n++) await ask(api, 'POST', '/api/v1/maintenance-windows', windowOf(n));
}
