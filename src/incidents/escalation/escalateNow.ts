import { withRetry } from '../../kernel/db/pool';
import { kindOf } from '../../kernel/events/events';
import { complete, enqueueClaimed } from '../../kernel/jobs/jobs';
import type { Caller, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { stepByHand } from '../domain/escalation';
import { type IncidentJobKinds, originOf } from '../jobKinds';
import type { Guard, Guarded } from '../lifecycle/guard';
import { knownId, notFound } from '../records/incidentId';
import { lockIncident } from '../store/changes';
import { lockEscalation, takeByHand, takeStep } from '../store/escalation';
import { findIncident } from '../store/reads';
import { noteActivity } from './ackTimeout';
import { sendStep } from './runStep';

/** Escalation by hand: runs the next step now. The assignee stays, and so does a stopped escalation. */

type Escalating = Pick<Service<IncidentsContract>, 'escalate'> &
  Guarded<Pick<Service<IncidentsContract>, 'escalateIncident'>>;
type Escalated = Awaited<ReturnType<Escalating['escalate']>>;

/** The request sends the pages itself. If the process stops meanwhile, a worker resumes the step after this time. */
const LEASE_MS = 15_000;

export function createManualEscalation(deps: Deps): Escalating {
  const { db, clock, oncall, poke } = deps;

  /** Takes the step and enqueues its job in one transaction. */
  async function take(id: string, reason: string, caller: Caller, guard?: Guard) {
    return withRetry(db, async (trx) => {
      const now = clock.now();
      const incident = await lockIncident(trx, id);
      if (incident === null) throw notFound();
      await guard?.(trx, incident);
      if (incident.status === 'resolved') throw new Problem('conflict', 'A resolved incident cannot be escalated');
      const memory = await lockEscalation(trx, id);
      if (memory === null) throw notFound();
      const turn = await takeByHand(trx, id, stepByHand(memory, memory.armed, memory.steps), now);
      const ask: IncidentJobKinds['step'] = {
        ...originOf(caller),
        incident_id: id,
        turn,
        reason,
        by: caller.actor,
        by_kind: kindOf(caller),
        ...(caller.via !== undefined && { via: caller.via }),
      };
      await noteActivity(trx, id, caller, now);
      const claims = await enqueueClaimed(trx, now, [{ kind: 'step', payload: ask }], LEASE_MS);
      return { ask, claims };
    });
  }

  async function escalateKnown(
    id: string,
    team: string | null,
    reason: string,
    caller: Caller,
    guard?: Guard,
  ): Promise<Escalated> {
    const { ask, claims } = await take(id, reason, caller, guard);
    const taken = await takeStep(db, id, ask.turn, clock.now());
    if (taken === null) throw new Problem('conflict', 'Another person escalated this incident at the same time');
    const answer = await sendStep(deps, taken, ask, caller);
    await complete(db, claims);
    poke();
    const [first] = answer.told.filter(({ role }) => role !== 'room');
    const pagedTeam = answer.team ?? team;
    return {
      status: 'escalated',
      escalation_id: answer.escalation_id,
      team: pagedTeam,
      incident_id: id,
      escalated_to: first === undefined ? null : { name: first.name, email: first.email },
      message: `Escalation triggered for team '${pagedTeam ?? 'none'}' — incident ${id}`,
      timestamp: answer.timestamp,
    };
  }

  return {
    escalateIncident: ({ id, reason }, caller, guard?: Guard) =>
      escalateKnown(knownId(id), null, reason, caller, guard),

    async escalate(input, caller) {
      const id = idOf(input.incident_id);
      const incident = id === null ? null : await findIncident(db, id);
      if (incident === null) return oncall.escalateUnknown(input, caller);
      return escalateKnown(incident.id, input.team, input.reason, caller);
    },
  };
}
