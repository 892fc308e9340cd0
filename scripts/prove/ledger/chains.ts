import { answerTo, ENDINGS, type Ending, endingOf, type PersonPage, pagesOf } from './endings';
import { groups, type Tables } from './input';

/** The chain of each page as one line of text: alert → incident → step → person → rule → method → attempts → receipt → answer. */

export interface Chain {
  ending: Ending | null;
  text: string;
}

const SHORT_ID = 8;
const SHORT_ADDRESS = 24;

/** @param whole without shortened ids, addresses and lists */
export function chainsOf(tables: Tables, whole: boolean): Chain[] {
  const { alerts, incidents, timeline, attempts, receipts } = tables;
  const known = {
    incidents: new Map(incidents.map((incident) => [incident.id, incident])),
    alerts: groups(alerts, ({ incident_id }) => incident_id ?? ''),
    entries: groups(timeline, ({ incident_id }) => incident_id),
    attempts: groups(attempts, ({ notification_id }) => notification_id),
    receipts: groups(receipts, ({ notification_id }) => notification_id),
    whole,
  };
  return pagesOf(tables).map((page) => {
    const entries = known.entries.get(page.incidentId) ?? [];
    const ending = endingOf(page, entries);
    return { ending, text: linksOf(page, ending, entries, known).join(' → ') };
  });
}

interface Known {
  incidents: ReadonlyMap<string, Tables['incidents'][number]>;
  alerts: ReadonlyMap<string, Tables['alerts']>;
  attempts: ReadonlyMap<string, Tables['attempts']>;
  receipts: ReadonlyMap<string, Tables['receipts']>;
  whole: boolean;
}

function linksOf(page: PersonPage, ending: Ending | null, entries: Tables['timeline'], known: Known): string[] {
  const { whole } = known;
  const incident = known.incidents.get(page.incidentId);
  const alerts = known.alerts.get(page.incidentId) ?? [];
  const names = alerts.map(({ id, condition, heartbeat }) => condition ?? heartbeat ?? shortened(id, SHORT_ID, whole));
  const more = whole || names.length < 2 ? '' : ` and ${names.length - 1} more`;
  const answer = answerTo(page, entries);
  const why = ending === 'cancelled' || ending === 'not reached' ? `: ${page.reason}` : '';
  return [
    `alert ${whole ? names.join(', ') : (names[0] ?? 'unknown')}${more}`,
    `incident ${shortened(page.incidentId, SHORT_ID, whole)}${incident ? ` (${incident.severity})` : ''}`,
    stepOf(page, whole),
    page.person,
    page.messages.map((message) => messageOf(message, page, known)).join(' + ') || 'no message',
    answer === undefined ? `${ending ?? 'NOT ENDED'}${why}` : answerOf(answer),
  ];
}

function stepOf({ key, incidentId }: PersonPage, whole: boolean): string {
  const rest = key.startsWith(`${incidentId}:`) ? key.slice(incidentId.length + 1) : key;
  const turn = /^(\d+)(?=$|:)/.exec(rest)?.[1];
  return turn === undefined ? shortened(rest, SHORT_ADDRESS, whole) : `step ${turn}`;
}

function messageOf(message: Tables['notifications'][number], page: PersonPage, known: Known): string {
  const { id, channel, recipient, status, reason, rule_no } = message;
  const tries = known.attempts.get(id) ?? [];
  const rule = page.byMethods ? `rule ${(rule_no ?? 0) + 1}` : 'the schedule entry';
  const tried = known.whole
    ? tries.map(({ attempt, outcome, reason: why }) => `#${attempt} ${outcome ?? 'died'}${why ? ` (${why})` : ''}`)
    : [tries.length === 1 ? '1 attempt' : `${tries.length} attempts`];
  const reports = [...new Set((known.receipts.get(id) ?? []).map(({ state }) => state))];
  const said = reports.length > 0 ? ` → reported ${reports.join(', ')}` : '';
  const because = reason === null || !known.whole ? '' : ` (${reason})`;
  const address = shortened(recipient, SHORT_ADDRESS, known.whole);
  return `${rule} → ${channel} ${address} → ${tried.join(', ')} → ${status}${because}${said}`;
}

const answerOf = ({ event_type, via, at }: Tables['timeline'][number]): string =>
  `${event_type} ${via === null ? 'in the dashboard' : `by ${via}`} at ${at.toISOString().slice(11, 19)}`;

const shortened = (text: string, length: number, whole: boolean): string =>
  whole || text.length <= length ? text : `${text.slice(0, length)}…`;

const SHOWN = 4;

/** The first chains of each ending, or all of them. */
export function printedChains(tables: Tables, whole: boolean): string[] {
  const chains = chainsOf(tables, whole);
  return [...ENDINGS, null].flatMap((ending) => {
    const some = chains.filter((chain) => chain.ending === ending);
    if (some.length === 0) return [];
    const shown = whole ? some : some.slice(0, SHOWN);
    const left = some.length - shown.length;
    return [
      `Pages ${ending ?? 'that have not ended'}: ${some.length}`,
      ...shown.map(({ text }) => `    ${text}`),
      ...(left > 0 ? [`    and ${left} more; --chains shows all`] : []),
    ];
  });
}
