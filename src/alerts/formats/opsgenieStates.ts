import type { AlertEvent, IncidentAct } from './format';
import {
  type Asked,
  type AskedOf,
  already,
  change,
  changing,
  changingOne,
  done,
  noOpenAlert,
  type Outcome,
} from './opsgenieActions';
import { refuseField } from './opsgenieAnswers';
import { type Fields, fieldsOf, nameIn } from './opsgenieFields';
import { clip, parseInstant } from './read';

/** Close, acknowledge, unacknowledge, snooze, assign, escalate, delete. */

/** An event without a report of its own: only its key and status count. */
const eventOf = (key: string, status: AlertEvent['status'], message: string): AlertEvent => ({
  key,
  status,
  endedAt: null,
  report: { service: 'opsgenie', severity: 'low', message, labels: {}, source: 'opsgenie' },
});

async function end({ tools, alert, author, ...asked }: Asked, text: string): Promise<Outcome> {
  const { key, record } = alert;
  if (key === null) return noOpenAlert;
  const { counts } = await tools.deliver({ events: [eventOf(key, 'resolved', text)] });
  if (record === null) return noOpenAlert;
  if (counts.resolved === 0) return record.alert.status === 'firing' ? noOpenAlert : already('closed');
  const whole: AskedOf = { ...asked, tools, alert, author, record, fields: fieldsOf(record.fields) };
  await change(whole, text, () => ({ closedBy: author, snoozedUntil: null }));
  return done(text);
}

export const close = changing('Close', (asked) => end(asked, 'Alert closed'));
/** Deleting keeps the history: the alert ends. */
export const remove = changing('Delete', (asked) => end(asked, 'Alert deleted'));

export const acknowledge = changingOne('Acknowledge', async (asked) => {
  const { tools, record, author } = asked;
  if (record.alert.acknowledged_at !== null) return already('acknowledged');
  await tools.deliver({ events: [eventOf(record.key, 'acknowledged', `Acknowledged by ${author}`)] });
  await change(asked, 'Alert acknowledged', () => ({ acknowledged: true, acknowledgedBy: author }));
  return done('Acknowledged alert');
});

export const unacknowledge = changingOne('UnAcknowledge', async (asked) => {
  const { tools, record } = asked;
  const result = await tools.act(record.alert.id, { act: 'unacknowledge' });
  await noted(asked, 'Alert unacknowledged', result, { acknowledged: false, acknowledgedBy: null, snoozedUntil: null });
  return done('Unacknowledged alert');
});

const DAYS_7_IN_MINUTES = 10_080;

export const snooze = changingOne('Snooze', async (asked) => {
  const { tools, body, record, author } = asked;
  const until =
    parseInstant(body['endTime']) ?? refuseField('endTime', 'Must be an instant such as 2026-03-02T09:00:00Z');
  const minutes = Math.ceil((until.getTime() - tools.now().getTime()) / 60_000);
  if (minutes < 1) return refuseField('endTime', 'Must be in the future');
  const reason = clip(`Snoozed by ${author}`, 500);
  const act: IncidentAct = { act: 'snooze', minutes: Math.min(minutes, DAYS_7_IN_MINUTES), reason };
  const result = await tools.act(record.alert.id, act);
  const at = until.toISOString();
  await noted(asked, `Alert snoozed until ${at}`, result, { snoozedUntil: at });
  return done('Snoozed alert');
});

export const assign = changingOne('Assign', async (asked) => {
  const { tools, body, record } = asked;
  const owner = clip(nameIn(body['owner']) ?? refuseField('owner', 'Must name a user by username or id'), 255);
  const result = await tools.act(record.alert.id, { act: 'assign', assignee: owner });
  await noted(asked, `Alert assigned to ${owner}`, result, { owner });
  return done('Assigned alert');
});

export const escalate = changingOne('EscalateToNext', async (asked) => {
  const { tools, body, record, author } = asked;
  const escalation = nameIn(body['escalation']);
  const text = escalation === undefined ? 'Alert escalated' : `Alert escalated in ${clip(escalation, 255)}`;
  const result = await tools.act(record.alert.id, { act: 'escalate', reason: clip(`${text} by ${author}`, 500) });
  await noted(asked, text, result, {});
  return done('Escalated alert');
});

/** Records the request. If the incident did not follow, its people read the request as a note. */
function noted(
  asked: AskedOf,
  text: string,
  { result, detail }: { result: string; detail: string | null },
  fields: Partial<Fields>,
): Promise<void> {
  const why = result === 'shared' ? 'another alert of the incident fires' : (detail ?? 'the alert has no incident');
  const followed = result === 'done';
  const entry = followed ? text : `${text}; the incident did not follow: ${why}`;
  return change(asked, entry, () => fields, followed ? [] : [`${asked.author}: ${entry}`]);
}
