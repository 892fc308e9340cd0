import type { Db } from '../../kernel/db/pool';
import type { Severity } from '../../kernel/ports/values';
import { type AlertContext, type Reported, type ReportText, type Rise, rises } from '../domain';
import { type AlertRow, COLUMNS } from './alerts';
import { placeOf } from './history';

/** The firing alert of a condition, locked until the transaction ends; null if none fires. */
export async function lockFiring(trx: Db, fingerprint: string): Promise<AlertRow | null> {
  const row = await trx('alerts').where({ fingerprint, status: 'firing' }).forUpdate().first(COLUMNS);
  return row ?? null;
}

/**
 * Changes message, severity or context of a locked alert without counting a report.
 * @param id of this change
 * @param reported the fields as the source reports them now
 * @returns the rise of its severity; null if it did not rise
 */
export async function saveRevision(
  trx: Db,
  alert: AlertRow,
  text: ReportText,
  { id, by, now, reported }: { id: string; by: string; now: Date; reported: Reported },
): Promise<Rise | null> {
  const revision = alert.revision + 1;
  const raised = rises(alert.severity, text.severity) ? text.severity : null;
  const context = jsonOf(text.context);
  const first = alert.first_said ?? { severity: alert.severity, message: alert.message, context: alert.context };
  await trx('alerts')
    .where({ id: alert.id })
    .update({
      ...{ severity: text.severity, message: text.message, context, revision },
      ...{ revised_by: id, raised_to: raised, first_said: JSON.stringify(first) },
    });
  const { severity, message } = text;
  const place = placeOf(revision);
  const event = { alert_id: alert.id, place, at: now, severity, message, context, reported_by: by, payload: null };
  await trx('alert_events')
    .insert({ ...event, reported: JSON.stringify(reported) })
    .onConflict(['alert_id', 'place'])
    .merge();
  return raised === null ? null : { revision, to: raised };
}

/** Changes the fields as the source reported them, if a rule changed those of the alert. */
export async function saveReported(
  trx: Db,
  { id, reported }: AlertRow,
  { message, severity }: { message?: string; severity?: Severity },
): Promise<void> {
  if (reported === null) return;
  const after = { ...reported, message: message ?? reported.message, severity: severity ?? reported.severity };
  await trx('alerts')
    .where({ id })
    .update({ reported: JSON.stringify(after) });
}

const jsonOf = (context: AlertContext | null): string | null => (context === null ? null : JSON.stringify(context));
