import { type Db, withRetry } from '../../kernel/db/pool';
import type { Caller, Service } from '../../kernel/ports/contract';
import type { Incident, IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { type Transition, transition } from '../domain/states';
import { type Assignee, type Entry, previewOf } from '../domain/timeline';
import { isPerson, noteActivity } from '../escalation/ackTimeout';
import { changeSeverity } from '../escalation/snooze';
import { knownId, notFound } from '../records/incidentId';
import { recordEntries } from '../records/recordEntries';
import { linkByHand } from '../store/attach';
import { freeSlots, lockIncident, touch } from '../store/changes';
import { findIncident } from '../store/reads';
import { insertNote, type NoteRow } from '../store/timeline';
import { readBefore } from '../store/undo';
import { assign, newAssignee, take, takerOf } from './assignment';
import { acknowledgeAgain, applyTransitions, observeTransitions } from './transitions';
import { isUndoable, keepForUndo } from './undoable';

/** What people change: state, assignee, notes, and alerts linked by hand. */

type Changes = Pick<Service<IncidentsContract>, 'update' | 'addNote' | 'linkAlert'>;
type Update = Parameters<Changes['update']>[0];

export function createUpdates(rooms: Deps): Changes {
  const { db, clock, metrics } = rooms;

  async function update(input: Update, caller: Caller): Promise<Incident> {
    const id = knownId(input.id);
    const before = await findIncident(db, id);
    if (before === null) throw notFound();
    const assignee = await newAssignee(rooms, input, before, caller);
    const taker = await takerOf(rooms, input, before, caller);
    const { incident, change } = await withRetry(db, (trx) => write(trx, id, input, { assignee, taker }, caller));
    if (change !== null) observeTransitions(metrics, [{ incidentId: id, change }]);
    rooms.poke();
    return incident;
  }

  async function write(
    trx: Db,
    id: string,
    { status, notes, severity }: Update,
    { assignee, taker }: { assignee: Assignee | null; taker: Assignee | null },
    caller: Caller,
  ): Promise<{ incident: Incident; change: Transition | null }> {
    if (status === 'resolved') await freeSlots(trx, [id]);
    const incident = await lockIncident(trx, id);
    if (incident === null) throw notFound();
    // Read under the lock, so that changes stand in the timeline in the order in which they were made.
    const now = clock.now();
    const before = await readBefore(trx, id);
    const change = status ? transition(incident, status, now, { byPerson: isPerson(caller) }) : null;
    const entries: Entry[] = [];
    const becomes = change?.to ?? incident.status;
    if (assignee !== null) entries.push(...(await assign(trx, incident, assignee, { status: becomes, now, caller })));
    if (severity && severity !== incident.severity) {
      entries.push(...(await changeSeverity(trx, incident, severity, { change, now, caller })));
    }
    if (change !== null) entries.push(...(await applyTransitions(trx, [{ incidentId: id, change }], { now, caller })));
    else if (status === 'acknowledged') entries.push(...(await acknowledgeAgain(trx, id, { now, caller })));
    if (taker !== null) entries.push(...(await take(trx, incident, taker, { now, caller })));
    if (notes) entries.push((await note(trx, id, { author: caller.actor, content: notes, at: now }, caller)).entry);
    // Acknowledging once more is a sign of life, although nothing of it is written down.
    if (change === null && (entries.length > 0 || status === 'acknowledged')) await noteActivity(trx, id, caller, now);
    if (entries.length === 0) return { incident, change };
    await touch(trx, id, now);
    await recordEntries(trx, entries, caller);
    const clockTouched = change !== null || status === 'acknowledged';
    if (isUndoable(entries, change)) await keepForUndo(trx, id, before, { change, clockTouched, now, caller });
    return { incident: (await findIncident(trx, id)) as Incident, change };
  }

  return {
    update,

    async addNote({ id: text, author, content }, caller) {
      const id = knownId(text);
      const at = clock.now();
      const by = author?.trim() || caller.actor;
      const row = await db.transaction(async (trx) => {
        if ((await lockIncident(trx, id)) === null) throw notFound();
        const written = await note(trx, id, { author: by, content, at }, caller);
        await noteActivity(trx, id, caller, at);
        await touch(trx, id, at);
        await recordEntries(trx, [written.entry], caller);
        return written.row;
      });
      return { ...row, created_at: row.created_at.toISOString(), incident_id: id };
    },

    async linkAlert({ id: text, alert_id, fingerprint }, caller) {
      const incidentId = knownId(text);
      const at = clock.now();
      await db.transaction(async (trx) => {
        if ((await lockIncident(trx, incidentId)) === null) throw notFound();
        if (!(await linkByHand(trx, { incidentId, alertId: alert_id, fingerprint, at }))) return;
        const detail = { alert_id, fingerprint };
        await recordEntries(
          trx,
          [{ incidentId, eventType: 'alert_correlated', actor: caller.actor, detail, at }],
          caller,
        );
      });
      return { status: 'linked', incident_id: incidentId, alert_id };
    },
  };
}

async function note(
  trx: Db,
  incidentId: string,
  { author, content, at }: { author: string; content: string; at: Date },
  { actor }: Caller,
): Promise<{ row: NoteRow; entry: Entry }> {
  const row = await insertNote(trx, { incidentId, author, actor, content, at });
  const detail = { note_id: row.id, preview: previewOf(content) };
  return { row, entry: { incidentId, eventType: 'note_added', actor, detail, at } };
}
