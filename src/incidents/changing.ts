import { randomUUID } from 'node:crypto';
import type { Caller, Service } from '../kernel/contract';
import { type Db, withRetry } from '../kernel/db';
import { enqueue } from '../kernel/jobs';
import { personNamed, refuseAmbiguous } from './asking';
import type { Incident, IncidentsContract } from './contract';
import { type Assignee, type Entry, previewOf, reachability } from './domain/opening';
import { type Transition, transition } from './domain/states';
import { knownId, notFound } from './known';
import { type IncidentJob, originOf } from './promises';
import { recordEntries } from './recording';
import type { Rooms } from './rooms';
import { rate } from './snoozing';
import { linkByHand } from './store/attach';
import { freeSlots, lockIncident, reassign, touch } from './store/changes';
import { findIncident } from './store/reads';
import { insertNote, type NoteRow } from './store/timeline';
import { acknowledgeAgain, enter, observeTransitions } from './transitions';
import { hearOf } from './watching';

/** What people change: state, assignee, notes, and alerts linked by hand. */

type Changes = Pick<Service<IncidentsContract>, 'update' | 'addNote' | 'linkAlert'>;
type Update = Parameters<Changes['update']>[0];

export function changing(rooms: Rooms): Changes {
  const { db, clock, metrics } = rooms;

  /** Whom a new assignee means, asked before the transaction; null where nobody is being assigned. */
  async function newAssignee(
    { assigned_to: text }: Update,
    before: Incident,
    caller: Caller,
  ): Promise<Assignee | null> {
    if (text === null || text === undefined || text === (before.assigned_to ?? '')) return null;
    if (text.trim() === '') return { name: text, email: null, silent: true };
    const person = await personNamed(rooms, text.trim(), before, caller);
    refuseAmbiguous(person);
    return { ...person, name: text };
  }

  async function update(input: Update, caller: Caller): Promise<Incident> {
    const id = knownId(input.id);
    const before = await findIncident(db, id);
    if (before === null) throw notFound();
    const assignee = await newAssignee(input, before, caller);
    const { incident, change } = await withRetry(db, (trx) => write(trx, id, input, assignee, caller));
    if (change !== null) observeTransitions(metrics, [{ incidentId: id, change }]);
    rooms.poke();
    return incident;
  }

  async function write(
    trx: Db,
    id: string,
    { status, notes, severity }: Update,
    assignee: Assignee | null,
    caller: Caller,
  ): Promise<{ incident: Incident; change: Transition | null }> {
    if (status === 'resolved') await freeSlots(trx, [id]);
    const incident = await lockIncident(trx, id);
    if (incident === null) throw notFound();
    // Read under the lock, so that changes stand in the timeline in the order in which they were made.
    const now = clock.now();
    const change = status ? transition(incident, status, now) : null;
    const entries: Entry[] = [];
    if (assignee !== null) entries.push(...(await assign(trx, incident, assignee, change, now, caller)));
    if (severity && severity !== incident.severity) {
      entries.push(...(await rate(trx, incident, severity, { change, now, caller })));
    }
    if (change !== null) entries.push(...(await enter(trx, [{ incidentId: id, change }], { now, caller })));
    else if (status === 'acknowledged') entries.push(...(await acknowledgeAgain(trx, id, { now, caller })));
    if (notes) entries.push((await note(trx, id, { author: caller.actor, content: notes, at: now }, caller)).entry);
    // Acknowledging once more is a sign of life, although nothing of it is written down.
    if (change === null && (entries.length > 0 || status === 'acknowledged')) await hearOf(trx, id, caller, now);
    if (entries.length === 0) return { incident, change };
    await touch(trx, id, now);
    await recordEntries(trx, entries);
    return { incident: (await findIncident(trx, id)) as Incident, change };
  }

  async function assign(
    trx: Db,
    incident: Incident,
    assignee: Assignee,
    change: Transition | null,
    at: Date,
    caller: Caller,
  ): Promise<Entry[]> {
    const { id, assigned_to: previous } = incident;
    const { name, email, silent = false } = assignee;
    if (name === (previous ?? '')) return [];
    await reassign(trx, id, { to: name, email, at });
    const over = (change?.to ?? incident.status) === 'resolved';
    const unasked = silent && name.trim() !== '';
    const wanted = unasked || (email !== null && email !== incident.assignee_email);
    if (wanted && !over) await enqueue(trx, at, [pageAssignee(id, name, email, caller)]);
    const detail = { previous, new: name, ...reachability(assignee) };
    return [{ incidentId: id, eventType: 'assigned', actor: caller.actor, detail, at }];
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
        await hearOf(trx, id, caller, at);
        await touch(trx, id, at);
        await recordEntries(trx, [written.entry]);
        return written.row;
      });
      return { ...row, created_at: row.created_at.toISOString(), incident_id: id };
    },

    async linkAlert({ id: text, alert_id, fingerprint }, { actor }) {
      const incidentId = knownId(text);
      const at = clock.now();
      await db.transaction(async (trx) => {
        if ((await lockIncident(trx, incidentId)) === null) throw notFound();
        if (!(await linkByHand(trx, { incidentId, alertId: alert_id, fingerprint, at }))) return;
        const detail = { alert_id, fingerprint };
        await recordEntries(trx, [{ incidentId, eventType: 'alert_correlated', actor, detail, at }]);
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
  const row = await insertNote(trx, { incidentId, author, content, at });
  const detail = { note_id: row.id, preview: previewOf(content) };
  return { row, entry: { incidentId, eventType: 'note_added', actor, detail, at } };
}

const pageAssignee = (incidentId: string, name: string, email: string | null, caller: Caller): IncidentJob => ({
  kind: 'page_assignee',
  payload: { ...originOf(caller), key: randomUUID(), incident_id: incidentId, assigned_to: name, email },
});
