import { createHash } from 'node:crypto';
import type { Clock } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Service } from '../../kernel/ports/contract';
import type { ChannelName, NotifyContract } from '../contract';
import { looksSame } from '../domain/incidentMessage';
import { incidentMessage, makeDue, type Place, saveMessage } from '../store/incidentMessages';
import { holdState, incidentStateRow, replaceState } from '../store/incidentStates';
import { notificationById } from '../store/notifications';

/** Makes the messages of an incident due for an update when the incident changes. */

interface ShowDeps {
  db: Db;
  clock: Clock;
  poke: () => void;
}

/** The kind of a job that updates messages: one for each channel, so that a provider that hangs delays no other. */
export type UpdateKind = `update:${ChannelName}`;
export const updateKind = (channel: ChannelName): UpdateKind => `update:${channel}`;

/** There is one job for each address, so that its updates are paced. */
export const updateJob = (place: Place, runAt: Date) => ({
  kind: updateKind(place.channel),
  key: `update:${place.channel}:${createHash('sha256').update(place.recipient).digest('base64url')}`,
  payload: { channel: place.channel, recipient: place.recipient },
  runAt,
  reschedule: true,
});

/** Stores the state of an incident and makes its messages due, unless a newer state is known. */
export const showIncident =
  ({ db, clock, poke }: ShowDeps): Service<NotifyContract>['showIncident'] =>
  async ({ incident_id, message, severity, incident }) => {
    const now = clock.now();
    const { changed_at, ...view } = incident;
    const row = incidentStateRow(incident_id, { ...view, changed_at }, now);
    const due = await withRetry(db, async (trx) => {
      // An update reads the state under the same lock, so that it sees either this state or that its message is due.
      if (!(await replaceState(trx, { ...row, state: { ...view, text: message, severity } }))) return [];
      return enqueueUpdates(trx, await makeDue(trx, incident_id, { now }), now);
    });
    if (due.length > 0) poke();
    return {};
  };

/** Shows the latest state in all messages of an incident again, because one of them was seen with an older state. */
export async function showAgain({ db, clock }: Pick<ShowDeps, 'db' | 'clock'>, incidentId: string): Promise<void> {
  const now = clock.now();
  await withRetry(db, async (trx) => enqueueUpdates(trx, await makeDue(trx, incidentId, { now, afresh: true }), now));
}

async function enqueueUpdates(trx: Db, due: readonly Place[], now: Date): Promise<readonly Place[]> {
  await enqueue(
    trx,
    now,
    due.map((place) => updateJob(place, now)),
  );
  return due;
}

/** A message was sent. If its incident changed while it was being sent, it is updated. */
export async function messageSent(
  { db, clock }: Pick<ShowDeps, 'db' | 'clock'>,
  { notification_id }: { notification_id: string },
): Promise<void> {
  await withRetry(db, async (trx) => {
    const message = await incidentMessage(trx, notification_id);
    const first = message && (await notificationById(trx, notification_id));
    if (message === undefined || first === undefined) return;
    // The state is locked before its messages, as everywhere.
    const state = await holdState(trx, message.incident_id);
    if (state === null || looksSame(message.shown, state, first)) {
      await saveMessage(trx, notification_id, { due_at: null });
    } else await enqueueUpdates(trx, [message], clock.now());
  });
}
