import type { Db } from '../../kernel/db/pool';
import type { Caller } from '../../kernel/ports/contract';
import type { Severity } from '../../kernel/ports/values';
import type { Incident, Reach, Status } from '../contract';
import { INCIDENT_COLUMNS, toIncident, WITH_ESCALATION } from './rows';

/** The state of incidents and escalations before the last change, to undo that change. */

/** The time in which a change can be undone, in milliseconds. */
export const UNDO_WITHIN_MS = 60_000;

/** The row of an escalation before the change. */
export interface EscalationBefore {
  state: 'running' | 'stopped' | 'exhausted';
  turn: number;
  step: number;
  round: number;
  cycle: number;
  first_turn: number;
  next_step: number | null;
  next_round: number | null;
  next_cycle: number | null;
  next_step_at: string | null;
  snoozed_until: string | null;
  heard_at: string | null;
  /** Absent in rows of an earlier version, like the two below. */
  resume_at?: string | null;
  /** The person who reopened the incident, and the last cycle that does not page them. */
  at_work?: string | null;
  at_work_cycle?: number | null;
  /** Who acknowledged, if several people must. */
  acks?: unknown;
  /** Whether the change paged: its steps do not count as other changes, and the undo cancels their pages. */
  pages?: boolean;
}

/** An incident and its escalation before the change. */
export interface Before {
  incident: {
    status: Status;
    assigned_to: string | null;
    assignee_email: string | null;
    reach: Reach;
    /** Absent in rows of an earlier version. */
    severity?: Severity;
  };
  /** Null if the incident has no escalation, or if the change did not touch it. */
  clock: EscalationBefore | null;
}

/** A stored change that its actor can undo. */
export interface Undoable extends Before {
  /** The caller of the change, by kind and id. */
  owner: string;
  actorKind: Caller['kind'];
  changedAt: Date;
  afterSeq: string;
  resolved: number;
  mttaMs: number | null;
  mttrMs: number | null;
}

/** The columns of an incident that an undo restores. */
const INCIDENT_BEFORE = `jsonb_build_object('status', i.status, 'acknowledged_at', i.acknowledged_at,
  'mtta_seconds', i.mtta_seconds, 'resolved_at', i.resolved_at, 'mttr_seconds', i.mttr_seconds,
  'assigned_to', i.assigned_to, 'assignee_email', i.assignee_email, 'reach', i.reach, 'hidden_count', i.hidden_count,
  'severity', i.severity)`;

/** Reads the present state of a locked incident, to save it with `keepBefore`. */
export async function readBefore(trx: Db, id: string): Promise<Before> {
  const { rows } = await trx.raw(
    `select ${INCIDENT_BEFORE} as incident, to_jsonb(e) as clock from ${WITH_ESCALATION} where i.id = ?`,
    [id],
  );
  return rows[0];
}

/** Locks an incident, and reads it and its state before the change in one statement; null if it does not exist. */
export async function lockWithBefore(trx: Db, id: string): Promise<{ incident: Incident; before: Before } | null> {
  const { rows } = await trx.raw(
    `select ${INCIDENT_COLUMNS}, ${INCIDENT_BEFORE} as before_incident, to_jsonb(e) as before_clock
       from ${WITH_ESCALATION} where i.id = ? for no key update of i`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return { incident: toIncident(row), before: { incident: row.before_incident, clock: row.before_clock } };
}

/** Saves the state before a change, in the transaction of the change. It replaces an older one. */
export const keepBefore = (trx: Db, id: string, kept: Omit<Undoable, 'afterSeq'>): Promise<unknown> =>
  trx.raw(
    `insert into incident_undo
       (incident_id, actor, actor_kind, changed_at, resolved, mtta_ms, mttr_ms, incident, clock, after_seq)
     select ?, ?, ?, ?, ?, ?, ?, cast(? as jsonb), cast(? as jsonb), last_value from incident_timeline_seq
     on conflict (incident_id) do update
       set actor = excluded.actor, actor_kind = excluded.actor_kind, changed_at = excluded.changed_at,
           resolved = excluded.resolved, mtta_ms = excluded.mtta_ms, mttr_ms = excluded.mttr_ms,
           incident = excluded.incident, clock = excluded.clock, after_seq = excluded.after_seq`,
    [
      ...[id, kept.owner, kept.actorKind, kept.changedAt, kept.resolved, kept.mttaMs, kept.mttrMs],
      ...[JSON.stringify(kept.incident), kept.clock && JSON.stringify(kept.clock)],
    ],
  );

/** Reads and deletes the saved state, so that a change is undone only once; null if there is none. */
export async function takeBefore(trx: Db, id: string): Promise<Undoable | null> {
  const { rows } = await trx.raw(
    `delete from incident_undo where incident_id = ?
     returning actor as owner, actor_kind as "actorKind", changed_at as "changedAt", after_seq as "afterSeq", resolved,
               mtta_ms::float8 as "mttaMs", mttr_ms::float8 as "mttrMs", incident, clock`,
    [id],
  );
  return rows[0] ?? null;
}

/** Types of entries whose changes do not conflict with an undo. */
const HARMLESS = [
  ...['note_added', 'alert_correlated', 'alert_resolved', 'alerts_hidden', 'paged', 'escalated', 'page_failed'],
  ...['page_deferred', 'nobody_reached', 'escalation_exhausted', 'postmortem_saved', 'alert_acknowledged'],
  'alert_expired',
];

/** What people escalate by hand. */
const STEPS = ['paged', 'escalated', 'nobody_reached'];

/**
 * Whether something else changed the incident after the kept change, or took a step of its escalation if the change
 * touched that. The steps of a change that paged are its own, but not those that a person takes by hand.
 */
export async function changedSince(trx: Db, id: string, { afterSeq, changedAt, clock }: Undoable): Promise<boolean> {
  const { rows } = await trx.raw(
    `select exists (select 1 from incident_timeline
                     where incident_id = :id and created_at >= cast(:changedAt as timestamptz) - interval '1 minute'
                       and seq > :afterSeq
                       and (event_type <> all (cast(:harmless as text[]))
                            or cast(:pages as boolean) and event_type = any (cast(:steps as text[])) and actor <> 'system'))
         or exists (select 1 from escalations
                     where incident_id = :id and turn <> cast(:turn as integer) and not cast(:pages as boolean)) as changed`,
    {
      ...{ id, changedAt, afterSeq, harmless: HARMLESS, steps: STEPS },
      ...{ turn: clock?.turn ?? null, pages: clock?.pages === true },
    },
  );
  return rows[0].changed;
}

/**
 * The type of the last entry of an incident, if the actor made it; else null. Entries that do not conflict with an undo,
 * such as notes, are ignored.
 */
export async function lastChangeBy(trx: Db, id: string, actor: string): Promise<string | null> {
  const { rows } = await trx.raw(
    `select event_type, actor from incident_timeline
      where incident_id = ? and event_type <> all (cast(? as text[])) order by created_at desc, seq desc limit 1`,
    [id, HARMLESS],
  );
  return rows[0]?.actor === actor ? rows[0].event_type : null;
}

/** Restores a locked incident, under this title. A page that an address accepted meanwhile stays shown as such. */
export const restoreIncident = (
  trx: Db,
  id: string,
  { incident }: Before,
  { title, now }: { title: string; now: Date },
): Promise<unknown> =>
  trx.raw(
    `update incidents i
        set status = b.status, acknowledged_at = b.acknowledged_at, mtta_seconds = b.mtta_seconds,
            resolved_at = b.resolved_at, mttr_seconds = b.mttr_seconds, assigned_to = b.assigned_to,
            assignee_email = b.assignee_email, hidden_count = b.hidden_count,
            reach = case when i.reach = 'reached' then i.reach else b.reach end,
            severity = coalesce(b.severity, i.severity), title = ?, updated_at = ?
       from jsonb_populate_record(null::incidents, cast(? as jsonb)) b where i.id = ?`,
    [title, now, JSON.stringify(incident), id],
  );

/**
 * Restores the escalation of a locked incident. If steps were taken or enqueued since, the turn goes on by one, so that a
 * job that waits for the present turn does nothing. Returns the turn.
 */
export async function restoreEscalation(trx: Db, id: string, clock: EscalationBefore): Promise<number> {
  const { rows } = await trx.raw(
    `update escalations e
        set state = b.state, step = b.step, round = b.round, cycle = b.cycle, first_turn = b.first_turn,
            next_step = b.next_step, next_round = b.next_round, next_cycle = b.next_cycle,
            next_step_at = b.next_step_at, snoozed_until = b.snoozed_until, heard_at = b.heard_at,
            resume_at = b.resume_at, at_work_cycle = b.at_work_cycle, acks = coalesce(b.acks, e.acks),
            acks_wanted = coalesce(b.acks_wanted, e.acks_wanted), acks_unsure = coalesce(b.acks_unsure, false),
            turn = e.turn + case when cast(? as boolean) then 1 else 0 end
       from jsonb_populate_record(null::escalations, cast(? as jsonb)) b where e.incident_id = ? returning e.turn`,
    [clock.pages === true, JSON.stringify(clock), id],
  );
  return rows[0]?.turn ?? clock.turn;
}
