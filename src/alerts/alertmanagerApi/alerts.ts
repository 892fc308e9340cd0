import type { Labels } from '../../kernel/ports/values';
import { type CompiledMatcher, compileMatcher } from '../rules/matcher';
import { compilePattern, type Pattern } from '../rules/pattern';
import { readMatchers } from '../rules/readMatchers';
import type { AlertRow } from '../store/alerts';

/**
 * Alerts as the API v2 of Alertmanager shows them.
 * Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */

/** The only receiver: everything goes to Tocsin, whose policies decide who is paged. */
export const RECEIVER = 'tocsin';

export interface ApiAlert {
  annotations: Record<string, string>;
  endsAt: string;
  fingerprint: string;
  receivers: { name: string }[];
  startsAt: string;
  status: { inhibitedBy: string[]; mutedBy: string[]; silencedBy: string[]; state: 'active' | 'suppressed' };
  updatedAt: string;
  generatorURL?: string;
  labels: Record<string, string>;
}

/** Which alerts a client wants; each state is shown unless it is switched off. */
export interface AlertFilter {
  matchers: readonly CompiledMatcher[];
  receiver: Pattern | null;
  active: boolean;
  silenced: boolean;
  muted: boolean;
}

const FINGERPRINT_DIGITS = 16;
/** The end that Alertmanager shows for an alert without one: its default `resolve_timeout`. */
const RESOLVE_TIMEOUT_MS = 5 * 60_000;

/** A firing alert in the form of Alertmanager. */
export function presentAlert(row: AlertRow, now: Date): ApiAlert {
  const cause =
    row.muted_by === null || row.hold_key !== null
      ? null
      : (row.decision ?? []).findLast(({ stage }) => stage === 'mute');
  const by = cause !== null && cause !== undefined && 'by' in cause ? cause.by : null;
  const mutes = row.muted_by === null || row.hold_key !== null ? [] : [row.muted_by];
  const generatorURL = row.context?.generator_url;
  return {
    annotations: { summary: row.message, ...row.context?.annotations },
    endsAt: (row.expires_at ?? new Date(now.getTime() + RESOLVE_TIMEOUT_MS)).toISOString(),
    fingerprint: row.fingerprint.slice(0, FINGERPRINT_DIGITS),
    receivers: [{ name: RECEIVER }],
    startsAt: row.timestamp.toISOString(),
    status: {
      inhibitedBy: by === 'upstream' ? mutes : [],
      mutedBy: by === 'silence' || by === 'upstream' ? [] : mutes,
      silencedBy: by === 'silence' ? mutes : [],
      state: mutes.length === 0 ? 'active' : 'suppressed',
    },
    updatedAt: row.last_seen_at.toISOString(),
    ...(generatorURL !== undefined && { generatorURL }),
    labels: labelsOf(row),
  };
}

/** Alertmanager knows labels only, so service and severity are labels too, and every alert has a name. */
function labelsOf({ labels, service, severity, message }: AlertRow): Record<string, string> {
  const texts = Object.entries(labels as Labels).map(([name, value]) => [name, String(value)] as const);
  return { alertname: message, service, severity, ...Object.fromEntries(texts) };
}

export function shows({ matchers, receiver, ...states }: AlertFilter, { labels, status }: ApiAlert): boolean {
  if (receiver !== null && !receiver.test(RECEIVER)) return false;
  if (status.state === 'active' && !states.active) return false;
  if (status.silencedBy.length > 0 && !states.silenced) return false;
  if (status.mutedBy.length > 0 && !states.muted) return false;
  return matchers.every(({ name, test }) => test(Object.hasOwn(labels, name) ? (labels[name] as string) : ''));
}

/** Alerts by service and severity, as Tocsin correlates them without rules. */
export function groupsOf(alerts: readonly ApiAlert[]): object[] {
  const groups = new Map<string, ApiAlert[]>();
  for (const alert of alerts) {
    const key = JSON.stringify([alert.labels['service'], alert.labels['severity']]);
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [alert]);
    else members.push(alert);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, members]) => {
      const { service, severity } = (members[0] as ApiAlert).labels;
      return { alerts: members, labels: { service, severity }, receiver: { name: RECEIVER }, routeLabels: {} };
    });
}

/**
 * The filter of a query: `filter` may be repeated; `active`, `silenced` and `muted` are `true` or `false`.
 * @throws Problem `invalid`
 * @throws PatternRefused
 */
export function filterOf(query: Readonly<Record<string, unknown>>): AlertFilter {
  const texts = [query['filter'] ?? []].flat().map(String);
  const receiver = query['receiver'];
  const wanted = (name: string): boolean => query[name] !== 'false';
  return {
    matchers: readMatchers(texts, 'filter').map(compileMatcher),
    receiver: typeof receiver === 'string' && receiver !== '' ? compilePattern(receiver) : null,
    ...{ active: wanted('active'), silenced: wanted('silenced'), muted: wanted('muted') },
  };
}
