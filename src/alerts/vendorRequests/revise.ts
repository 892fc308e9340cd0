import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import { orderedId } from '../../kernel/ids';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import type { AlertsEvent } from '../contract';
import { type AlertContext, type Reported, type ReportText, rawOf } from '../domain';
import type { TextChange } from '../formats/format';
import { clipAnnotations } from '../formats/read';
import { savedCaller } from '../intake/caller';
import type { AlertRow } from '../store/alerts';
import { lockFiring, saveReported, saveRevision } from '../store/revisions';

/**
 * Changes the text or severity of the firing alert of a condition, and enqueues the job that reports it to incidents. It
 * counts no report and opens no alert.
 * @returns the id of the alert; null if none fires
 */
export async function reviseAlert(
  { db, clock, wakeWorker }: { db: Db; clock: Clock; wakeWorker: () => void },
  fingerprint: string,
  change: TextChange,
  caller: Caller,
): Promise<string | null> {
  const id = await withRetry(db, async (trx) => {
    const alert = await lockFiring(trx, fingerprint);
    if (alert === null) return null;
    const now = clock.now();
    const text = changedText(alert, change);
    await saveReported(trx, alert, change);
    if (isDeepStrictEqual(text, textOf(alert))) return alert.id;
    const reported = reportedAfter(alert, change);
    const raised = await saveRevision(trx, alert, text, { id: orderedId(now), by: caller.actor, now, reported });
    // Without an incident the alert is muted, or the job that attaches it still has to run and will read the new text.
    if (alert.incident_id !== null) {
      const alerts = [{ id: alert.id, reports: 0, made: false, raised }];
      const payload = { alerts, by: savedCaller(caller), since: now.toISOString() };
      await enqueue(trx, now, [{ kind: 'attach', payload }]);
    }
    const data = { reports: 0, new_alerts: 0 };
    const event: NewEvent<AlertsEvent> = {
      kind: 'alerts_received',
      subject: alert.id,
      actor: caller.actor,
      data,
      at: now,
    };
    await record(trx, [event], caller);
    return alert.id;
  });
  if (id !== null) wakeWorker();
  return id;
}

const textOf = ({ severity, message, context }: AlertRow): ReportText => ({ severity, message, context });

const reportedAfter = (alert: AlertRow, { message, severity }: TextChange): Reported => ({
  ...rawOf(alert),
  ...(message !== undefined && { message }),
  ...(severity !== undefined && { severity }),
});

/** The text after the change. A severity or message that a rule set stays. */
function changedText(alert: AlertRow, { message, severity, annotations }: TextChange): ReportText {
  const reported = alert.reported ?? alert;
  const context: AlertContext = {
    ...alert.context,
    ...(annotations && { annotations: clipAnnotations({ ...alert.context?.annotations, ...annotations }) }),
  };
  return {
    severity: reported.severity === alert.severity ? (severity ?? alert.severity) : alert.severity,
    message: reported.message === alert.message ? (message ?? alert.message) : alert.message,
    context: Object.keys(context).length === 0 ? null : context,
  };
}
