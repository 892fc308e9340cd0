import { type Db, withRetry } from '../../kernel/db/pool';
import type { Caller, Service } from '../../kernel/ports/contract';
import { blank } from '../../kernel/ports/values';
import type { Incident, IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { type Transition, transition } from '../domain/states';
import { type Assignee, type Entry, previewOf } from '../domain/timeline';
import { isPerson, noteActivity } from '../escalation/ackTimeout';
import { changeSeverity } from '../escalation/severity';
import { knownId, notFound } from '../records/incidentId';
import { recordEntries } from '../records/recordEntries';
import { saveUnsure, takeFirstStep } from '../store/acknowledgements';
import { linkByHand } from '../store/attach';
import { freeSlots, lockIncident, touch, touchAndRead } from '../store/changes';
import { findIncident } from '../store/reads';
import { insertNote, type NoteRow } from '../store/timeline';
import { lockWithBefore } from '../store/undo';
import { countAcknowledgement, countOf } from './acknowledgements';
import {
  assign,
  callerAsAssignee,
  isTakeover,
  isUnknown,
  type NewAssignee,
  newAssignee,
  pageForUnknown,
  take,
} from './assignment';
import type { Guard, Guarded } from './guard';
import { acknowledgeAgain, applyTransitions, observeTransitions } from './transitions';
import { isUndoable, keepForUndo, keptEscalation } from './undoable';

/** Changes by people: state, assignee, severity, notes, and alerts linked by hand. */

type Changes = Guarded<Pick<Service<IncidentsContract>, 'update'>> &
  Pick<Service<IncidentsContract>, 'addNote' | 'linkAlert'>;
type Update = Parameters<Changes['update']>[0];

/** People that a change assigns, looked up before its transaction. */
interface Assignees {
  assignee: NewAssignee | null;
  /** The caller, if the change gives them an incident without an assignee. */
  taker: Assignee | null;
}

interface Written {
  incident: Incident;
  change: Transition | null;
}

async function update(deps: Deps, input: Update, caller: Caller, guard?: Guard): Promise<Incident> {
  const id = knownId(input.id);
  const assignees = {
    assignee: await assigneeOf(deps, id, input, caller),
    taker: isTakeover(input, caller) ? await callerAsAssignee(deps, caller) : null,
  };
  const { incident, change } = await withRetry(deps.db, (trx) => write(deps, trx, id, input, assignees, caller, guard));
  if (change !== null) observeTransitions(deps.metrics, [{ incidentId: id, change }]);
  deps.poke();
  return incident;
}

/** The assignee that a change names. Only such a change reads the incident before its transaction: the team decides. */
async function assigneeOf(deps: Deps, id: string, input: Update, caller: Caller): Promise<NewAssignee | null> {
  if (typeof input.assigned_to !== 'string') return null;
  const incident = await findIncident(deps.db, id);
  if (incident === null) throw notFound();
  return newAssignee(deps, input, incident, caller);
}

async function write(
  { clock }: Deps,
  trx: Db,
  id: string,
  input: Update,
  assignees: Assignees,
  caller: Caller,
  guard?: Guard,
): Promise<Written> {
  const { status } = input;
  if (status === 'resolved') await freeSlots(trx, [id]);
  const locked = await lockWithBefore(trx, id);
  if (locked === null) throw notFound();
  const { incident, before } = locked;
  await guard?.(trx, incident);
  // Read under the lock, so that the timeline has changes in the order in which they were made.
  const now = clock.now();
  const change = status ? transition(incident, status, now, { byPerson: isPerson(caller) }) : null;
  const entries = await applyUpdate(trx, incident, input, { ...assignees, change, now, caller });
  // A repeated acknowledgement leaves no entry, but shows that a person is active.
  if (change === null && (entries.length > 0 || status === 'acknowledged')) await noteActivity(trx, id, caller, now);
  if (entries.length === 0) return { incident, change };
  await recordEntries(trx, entries, caller);
  if (isUndoable(entries, change)) {
    const claimed = change !== null || status === 'acknowledged';
    const escalation = await keptEscalation(trx, id, before, { claimed, assigned: assignees.assignee !== null });
    await keepForUndo(trx, id, { ...before, clock: escalation }, { change, now, caller });
  }
  return { incident: await touchAndRead(trx, id, now), change };
}

/** Writes each part of a change of a locked incident. Returns the entries to record. */
async function applyUpdate(
  trx: Db,
  incident: Incident,
  { status, notes, severity }: Update,
  { assignee, taker, change, now, caller }: Assignees & { change: Transition | null; now: Date; caller: Caller },
): Promise<Entry[]> {
  const { id } = incident;
  const assigned =
    assignee === null
      ? []
      : await assign(trx, incident, assignee, { status: change?.to ?? incident.status, now, caller });
  const entries: Entry[] = [...assigned];
  if (severity && severity !== incident.severity) {
    entries.push(...(await changeSeverity(trx, incident, severity, { change, now, caller })));
  }
  const unknown = assignee !== null && isUnknown(assignee);
  const count = status === 'acknowledged' && !unknown ? await countAcknowledgement(trx, id, caller) : null;
  if (count?.unsure) await takeFirstStep(trx, id, now);
  if (change !== null) {
    const act = { now, caller, because: countOf(count), count };
    entries.push(...(await applyTransitions(trx, [{ incidentId: id, change }], act)));
  } else if (status === 'acknowledged' && !unknown) {
    entries.push(...(await acknowledgeAgain(trx, id, { count, now, caller })));
  }
  if (count?.unsure) await saveUnsure(trx, id, count.by);
  if (unknown && (assigned.length > 0 || change !== null) && incident.status !== 'resolved') {
    entries.push(...(await pageForUnknown(trx, incident, assignee, { change, now, caller })));
  }
  if (taker !== null) entries.push(...(await take(trx, incident, taker, { now, caller })));
  if (notes && !blank(notes)) {
    entries.push((await note(trx, id, { author: caller.actor, content: notes, at: now }, caller)).entry);
  }
  return entries;
}

export function createUpdates(deps: Deps): Changes {
  const { db, clock } = deps;
  return {
    update: (input, caller, guard?: Guard) => update(deps, input, caller, guard),

    async addNote({ id: text, author, content }, caller) {
      const id = knownId(text);
      const at = clock.now();
      const by = author === undefined || blank(author) ? caller.actor : author.trim();
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
