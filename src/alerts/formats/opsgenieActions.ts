import type { Answer, FormatRequest, FormatTools } from './format';
import { acceptedAnswer, requestIdOf } from './opsgenieAnswers';
import { authorOf, type Fields, fieldsOf, noteOf, objectOf } from './opsgenieFields';
import { type Named, namedAlert } from './opsgenieIdentifiers';
import type { LogEntry, RecordChange, VendorRecord } from './records';

/** The common course of the requests that change an alert: they are processed before the answer, which has no result. */

/** A request that names an alert. */
export interface Asked {
  request: FormatRequest;
  tools: FormatTools;
  body: Record<string, unknown>;
  /** The person or tool that asks. */
  author: string;
  alert: Named;
}

/** A request whose alert exists. */
export interface AskedOf extends Asked {
  record: VendorRecord;
  fields: Fields;
}

/** What a request did. `status` is the text of its result. */
export interface Outcome {
  success: boolean;
  status: string;
}

export const done = (status: string): Outcome => ({ success: true, status });
/** Clients such as Zabbix accept these texts although the request changed nothing. */
export const noOpenAlert: Outcome = { success: false, status: 'There is no open alert' };
export const already = (state: string): Outcome => ({ success: false, status: `Alert is already ${state}` });

/** Answers 202 after `work`, and keeps its outcome for the request by which clients ask for it. */
export const changing =
  (action: string, work: (asked: Asked) => Promise<Outcome>) =>
  async (tools: FormatTools, request: FormatRequest): Promise<Answer> => {
    const body = objectOf(request.body);
    const alert = await namedAlert(request, tools);
    const author = authorOf(body, tools.integration.name);
    const outcome = await work({ request, tools, body, author, alert });
    await tools.records.saveRequest(requestIdOf(request.requestId), alert.record?.alert.id ?? null, {
      ...outcome,
      action,
      processedAt: tools.now().toISOString(),
      alias: alert.key ?? '',
    });
    return acceptedAnswer(tools, request);
  };

/** As `changing`, for requests that need an alert. @param options.closed true if it may be closed */
export const changingOne = (
  action: string,
  work: (asked: AskedOf) => Promise<Outcome>,
  { closed = false }: { closed?: boolean } = {},
) =>
  changing(action, async (asked) => {
    const { record } = asked.alert;
    if (record === null || (!closed && record.alert.status !== 'firing')) return noOpenAlert;
    return work({ ...asked, record, fields: fieldsOf(record.fields) });
  });

/** Changes the record of an alert, with an entry of its log, and the note of the request if it has one. */
export function change(
  { tools, body, author, record }: AskedOf,
  text: string,
  changed: (fields: Fields) => Partial<Fields> = () => ({}),
  notes: readonly string[] = [],
): Promise<void> {
  const note = noteOf(body);
  const all = note === undefined ? notes : [...notes, note];
  const log: LogEntry[] = [
    { kind: 'log', author, text },
    ...(note === undefined ? [] : [{ kind: 'note' as const, author, text: note }]),
  ];
  return tools.records.change(record.alert.id, record.key, (stored): RecordChange => {
    const fields = fieldsOf(stored);
    return { fields: { ...fields, ...changed(fields) }, log, notes: all.map((one) => ({ author, text: one })) };
  });
}
