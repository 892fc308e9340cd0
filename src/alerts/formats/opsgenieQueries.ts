import type { Answer, FormatRequest, FormatTools, IncidentState } from './format';
import { dataAnswer, notFound } from './opsgenieAnswers';
import { fieldsOf, type Responder } from './opsgenieFields';
import { namedAlert } from './opsgenieIdentifiers';
import { numberIn, searchOf } from './opsgenieSearch';
import { textOf } from './read';
import type { VendorRecord } from './records';

/** Requests that read: an alert, the list, their number, logs, notes, and the result of a request. */

type Ask = (tools: FormatTools, request: FormatRequest) => Promise<Answer>;

const statesOf = (tools: FormatTools, records: readonly VendorRecord[]) =>
  tools.incidentStates(records.flatMap(({ alert: { incident_id: id } }) => (id === null ? [] : [id])));

/** 404 if there is no such alert. */
const withAlert =
  (read: (record: VendorRecord, tools: FormatTools, request: FormatRequest) => Promise<Answer>): Ask =>
  async (tools, request) => {
    const { record } = await namedAlert(request, tools);
    return record === null
      ? notFound(tools, request, 'No alert exists with this identifier.')
      : read(record, tools, request);
  };

export const getAlert = withAlert(async (record, tools, request) => {
  const state = (await statesOf(tools, [record])).get(record.alert.incident_id ?? '');
  const { actions, entity, description, details } = fieldsOf(record.fields);
  const shown = shownAlert(record, state, tools);
  return dataAnswer(tools, request, { ...shown, actions, entity, description, details });
});

export const listAlerts: Ask = async (tools, request) => {
  const search = searchOf(request.query);
  const records = await tools.records.find(search);
  const states = await statesOf(tools, records);
  const data = records.map((record) => shownAlert(record, states.get(record.alert.incident_id ?? ''), tools));
  return dataAnswer(tools, request, data, { paging: pagingOf(search, records.length, request.query) });
};

export const countAlerts: Ask = async (tools, request) => {
  const { filters } = searchOf(request.query);
  return dataAnswer(tools, request, { count: await tools.records.count(filters) });
};

/** The result of a request. An unknown one is final: requests are processed before they are answered. */
export const requestStatus: Ask = async (tools, request) => {
  const found = await tools.records.requestWithId(request.params['requestId'] ?? '');
  if (found === null) return notFound(tools, request, 'Request not found.');
  const { success, ...result } = found.result;
  return dataAnswer(tools, request, {
    ...{ success, isSuccess: success, integrationId: tools.integration.id, alertId: found.alertId ?? '' },
    ...result,
  });
};

/** A page of the log, newest first by default. `offset` is the entry that the last page ended with. */
const logPage = (kind: 'log' | 'note', present: (text: string) => object): Ask =>
  withAlert(async ({ alert }, tools, request) => {
    const { query } = request;
    const limit = numberIn(query, 'limit', { least: 1, most: 100, fallback: 100 });
    const after = numberIn(query, 'offset', { least: 0, most: 999_999_999, fallback: 0 });
    const order = textOf(query['order'])?.toLowerCase() === 'asc' ? 'asc' : 'desc';
    const rows = await tools.records.log(alert.id, { kind, order, limit, ...(after > 0 && { after }) });
    const data = rows.map(({ id, at, author, text }) => ({
      ...present(text),
      owner: author,
      createdAt: at,
      offset: String(id),
    }));
    const last = rows.at(-1)?.id;
    const next =
      last !== undefined && rows.length === limit ? { next: `?${pageQuery(query, { offset: last, limit })}` } : {};
    return dataAnswer(tools, request, data, { paging: next });
  });

export const listLogs = logPage('log', (log) => ({ log, type: 'system' }));
export const listNotes = logPage('note', (note) => ({ note }));

function pagingOf(
  { limit, offset }: { limit: number; offset: number },
  count: number,
  query: FormatRequest['query'],
): Record<string, string> {
  const at = (start: number) => `?${pageQuery(query, { offset: start, limit })}`;
  return {
    first: at(0),
    ...(offset > 0 && { prev: at(Math.max(0, offset - limit)) }),
    ...(count === limit && { next: at(offset + limit) }),
  };
}

function pageQuery(query: FormatRequest['query'], page: { offset: number; limit: number }): string {
  const kept = ['query', 'sort', 'order', 'identifierType'].flatMap((name) => {
    const text = textOf(query[name]);
    return text === undefined ? [] : [[name, text] as [string, string]];
  });
  return new URLSearchParams([...kept, ...Object.entries(page).map(([name, n]) => [name, String(n)])] as [
    string,
    string,
  ][]).toString();
}

/** Clients read durations into 32 bits. */
const LONGEST_MS = 2 ** 31 - 1;
const between = (from: string, to: string): number =>
  Math.min(LONGEST_MS, Math.max(0, Date.parse(to) - Date.parse(from)));

/** An alert as Opsgenie lists it. What people did with its incident counts as done with the alert. */
function shownAlert(
  { alert, key, number, fields: stored, changedAt }: VendorRecord,
  state: IncidentState | undefined,
  tools: FormatTools,
): Record<string, unknown> {
  const fields = fieldsOf(stored);
  const taken = state !== undefined && state.acknowledged_at !== null ? state.acknowledged_at : null;
  const acknowledgedAt = taken ?? alert.acknowledged_at;
  const until = state?.snoozed_until ?? fields.snoozedUntil;
  const snoozed = alert.status === 'firing' && until !== null && Date.parse(until) > tools.now().getTime();
  const owner = state?.assigned_to ?? fields.owner;
  return {
    ...{ seen: acknowledgedAt !== null, id: alert.id, tinyId: String(number), alias: key, message: alert.message },
    status: alert.status === 'firing' ? 'open' : 'closed',
    acknowledged: acknowledgedAt !== null,
    isSeen: acknowledgedAt !== null,
    ...{ tags: fields.tags, snoozed, ...(snoozed && { snoozedUntil: until }) },
    ...{ count: alert.count, lastOccurredAt: alert.last_seen_at, lastOccuredAt: alert.last_seen_at },
    ...{ createdAt: alert.created_at, updatedAt: changedAt > alert.last_seen_at ? changedAt : alert.last_seen_at },
    ...{ source: fields.source || alert.source, owner, priority: fields.priority },
    responders: fields.responders.map(shownResponder),
    teams: fields.responders.filter(({ type }) => type === 'team').map(({ id, name }) => ({ id: id ?? name ?? '' })),
    integration: { id: tools.integration.id, name: tools.integration.name, type: 'API' },
    report: {
      ...(acknowledgedAt !== null && {
        ackTime: between(alert.created_at, acknowledgedAt),
        acknowledgedBy: taken === null ? (fields.acknowledgedBy ?? alert.acknowledged_by ?? '') : owner,
      }),
      ...(alert.ended_at !== null && {
        closeTime: between(alert.created_at, alert.ended_at),
        closedBy: fields.closedBy ?? '',
      }),
    },
  };
}

const shownResponder = ({ type, id, name, username }: Responder) => ({
  type,
  id: id ?? name ?? username ?? '',
  ...(name !== undefined && { name }),
  ...(username !== undefined && { username }),
});
