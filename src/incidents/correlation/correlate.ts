import { randomUUID } from 'node:crypto';
import { minutes } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller, Service } from '../../kernel/ports/contract';
import { unavailable } from '../../kernel/ports/problem';
import type { AlertSnapshot, IncidentEventKind, IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { type Group, type Plan, planAttach } from '../domain/correlation';
import { isHigher } from '../domain/escalation';
import { peakOf } from '../domain/revision';
import { keyOf, pages, storedRouting } from '../domain/routing';
import { contextOf, correlatedEntry, type Opening, openingEntries, titleOf } from '../domain/timeline';
import { type Responders, respondersOf } from '../escalation/responders';
import { roomJob, roomsOf } from '../escalation/rooms';
import { firstStep, openedEvent } from '../lifecycle/create';
import { recordEntries } from '../records/recordEntries';
import { countFiring, joinIncidents, linksOf, takeSlots } from '../store/attach';
import { type Link, writeOpenings } from '../store/openings';
import { attachToOpen } from './join';
import { applyJoins } from './joinEffects';
import { withOwners } from './ownerKeys';
import { createRevision } from './revision';

/** Correlation, the hot path: attaches a batch of alerts to incidents in one transaction with few statements. */

const ATTEMPTS = 8;

/** Another transaction changed a slot or a link first; `resolvedIds` are incidents that it resolved. */
class RaceLost extends Error {
  override readonly name = 'RaceLost';
  constructor(readonly resolvedIds: readonly string[] = []) {
    super('another transaction was first');
  }
}

/** The result of the transaction. */
interface Attached {
  openings: Opening[];
  /** The incident of each new alert. */
  joined: Map<string, string>;
}

/**
 * The operation `attach`. Most alerts join an open incident in one statement (`join`); the rest are attached under locks.
 * @throws Problem `unavailable` if other transactions win the race too often
 */
export function createCorrelation(deps: Deps): Pick<Service<IncidentsContract>, 'attach'> {
  const { db, clock, metrics } = deps;
  const windowMs = minutes(deps.correlationWindowMinutes);
  const since = (now: Date): Date => new Date(now.getTime() - windowMs);
  const join = attachToOpen(deps, since);
  const revise = createRevision(deps);

  async function tryAttach(
    alerts: readonly AlertSnapshot[],
    resolvedIds: ReadonlySet<string>,
    openKeys: ReadonlySet<string>,
    caller: Caller,
  ): Promise<{ plan: Plan; attached: Attached }> {
    const links = await linksOf(
      db,
      alerts.map(({ id }) => id),
    );
    const plan = planAttach(alerts, links, resolvedIds, randomUUID);
    if (plan.groups.length === 0) return { plan, attached: { openings: [], joined: new Map() } };
    const responders = await respondersFor(plan.groups, openKeys, caller);
    const attached = await withRetry(db, (trx) => write(trx, plan, responders, resolvedIds, caller));
    return { plan, attached };
  }

  /** Called before the transaction, for the keys that will probably open an incident. */
  function respondersFor(groups: readonly Group[], openKeys: ReadonlySet<string>, caller: Caller): Promise<Responders> {
    const opening = groups.filter(
      ({ proposesNew, fresh, slot }) => proposesNew && fresh.length > 0 && !openKeys.has(keyOf(slot)),
    );
    return respondersOf(
      deps,
      opening.map(({ fresh: [first] }) => ({
        service: (first as AlertSnapshot).service,
        team: first?.routing?.team ?? null,
      })),
      caller,
    );
  }

  async function write(
    trx: Db,
    { groups, firing }: Plan,
    responders: Responders,
    resolvedIds: ReadonlySet<string>,
    caller: Caller,
  ): Promise<Attached> {
    const { actor } = caller;
    const before = clock.now();
    const held = await takeSlots(trx, groups, { now: before, since: since(before), resolvedIds: [...resolvedIds] });
    // Read under the locks, so that a transaction that waited has a later time in the timeline than the one that opened
    // the incident.
    const now = clock.now();
    const repeats = [...firing.keys()];
    if (repeats.length > 0 && (await countFiring(trx, repeats)) < repeats.length) throw new RaceLost();
    const { openings, links, joins } = outcomeOf(groups, held, responders, now);
    if (links.length === 0) return { openings, joined: new Map() };
    await countIn(trx, joins, now);
    const entries = [
      ...openings.flatMap((opening) => openingEntries(opening, actor)),
      ...links.map(({ incidentId, alert }) => correlatedEntry(incidentId, alert, actor, now)),
    ];
    if ((await writeOpenings(trx, now, { openings, links, entries })) < links.length) throw new RaceLost();
    const joined = links.filter(({ incidentId }) => joins.has(incidentId));
    await recordEntries(trx, await applyJoins(trx, joined, { now, caller }), caller);
    await enqueue(trx, now, [
      ...openings.filter(({ notPagedBy }) => notPagedBy === null).map((opening) => firstStep(opening, caller)),
      ...roomsOf(openings, links).map((room) => roomJob(room, caller)),
    ]);
    await record(
      trx,
      [...openings.map((opening) => openedEvent(opening, actor, 'alert')), ...correlated(joins, actor, now)],
      { actor, kind: caller.kind },
    );
    return { openings, joined: new Map(links.map(({ incidentId, alert }) => [alert.id, incidentId])) };
  }

  async function countIn(trx: Db, joins: ReadonlyMap<string, number>, now: Date): Promise<void> {
    if (joins.size === 0) return;
    const open = await joinIncidents(trx, joins, now);
    const resolvedIds = [...joins.keys()].filter((id) => !open.has(id));
    if (resolvedIds.length > 0) throw new RaceLost(resolvedIds);
  }

  /** Opens incidents, counts repeats, and finds alerts whose incident is resolved; retries after a lost race. */
  async function attachWithLocks(alerts: readonly AlertSnapshot[], openKeys: ReadonlySet<string>, caller: Caller) {
    const resolvedIds = new Set<string>();
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        const { plan, attached } = await tryAttach(alerts, resolvedIds, openKeys, caller);
        for (const opened of attached.openings) metrics.created(opened);
        if (plan.revised.size > 0) await revise(plan.revised, caller);
        if (attached.openings.length > 0) deps.poke();
        return resultsOf(alerts, plan, attached);
      } catch (error) {
        if (!(error instanceof RaceLost)) throw error;
        for (const id of error.resolvedIds) resolvedIds.add(id);
      }
    }
    throw unavailable('Too many changes of the same incidents at once.');
  }

  return {
    async attach({ alerts: given }, caller) {
      const alerts = await withOwners(deps, given, caller);
      const { links, openKeys } = await join(alerts, caller);
      const rest = alerts.filter(({ id }) => !links.has(id));
      const closely = rest.length === 0 ? [] : await attachWithLocks(rest, openKeys, caller);
      const others = closely.values();
      const results = alerts.map(({ id }) => {
        const incident_id = links.get(id);
        if (incident_id === undefined) return others.next().value as (typeof closely)[number];
        return { alert_id: id, incident_id, result: 'existing_incident' as const };
      });
      return { results };
    },
  };
}

/** Pure: which incidents open and which take more alerts, given the incident that holds each slot. */
function outcomeOf(
  groups: readonly Group[],
  held: ReadonlyMap<string, string>,
  responders: Responders,
  at: Date,
): { openings: Opening[]; links: Link[]; joins: Map<string, number> } {
  const openings: Opening[] = [];
  const joins = new Map<string, number>();
  const links: Link[] = [];
  for (const group of groups) {
    const { fresh, slot } = group;
    const [first] = fresh;
    if (first === undefined) continue;
    const id = held.get(keyOf(slot)) as string;
    links.push(...fresh.map((alert) => ({ incidentId: id, alert })));
    if (id !== group.proposed || !group.proposesNew) {
      joins.set(id, (joins.get(id) ?? 0) + fresh.length);
      continue;
    }
    openings.push(openingOf(id, fresh, responders, at));
  }
  return { openings, links, joins };
}

/** The incident that alerts of one slot open: it follows the first, with the severity of the most severe. */
function openingOf(id: string, alerts: readonly AlertSnapshot[], responders: Responders, at: Date): Opening {
  const [first] = alerts as [AlertSnapshot];
  const { service } = first;
  const severity = alerts.map(peakOf).reduce((one, other) => (isHigher(other, one) ? other : one));
  const { team, assignee } = responders(service, first.routing?.team ?? null);
  const notPagedBy = alerts.some(pages) ? null : (first.routing?.not_paged_by ?? null);
  return {
    ...{ id, title: titleOf({ ...first, severity }), service, severity, team, alertCount: alerts.length, at },
    // An incident that pages no one is assigned when it begins to page.
    assignee: notPagedBy === null ? assignee : null,
    context: contextOf(first),
    routing: storedRouting(first),
    notPagedBy,
  };
}

/** One event for the whole batch, so that a storm does not write one event for each alert. */
function correlated(joins: ReadonlyMap<string, number>, actor: string, at: Date): NewEvent<IncidentEventKind>[] {
  const [subject] = joins.keys();
  if (subject === undefined) return [];
  const incidents = [...joins].map(([incident_id, alerts]) => ({ incident_id, alerts }));
  return [{ kind: 'alerts_correlated', subject, actor, data: { incidents }, at }];
}

/**
 * One result for each alert, in the order of the input. Only the first alert of a new incident answers `new_incident`.
 */
function resultsOf(alerts: readonly AlertSnapshot[], { ended, firing }: Plan, { openings, joined }: Attached) {
  const unreported = new Set(openings.map(({ id }) => id));
  return alerts.map(({ id: alert_id }) => {
    const past = ended.get(alert_id);
    if (past !== undefined) return { alert_id, incident_id: past, result: 'ended' as const };
    const incident_id = (firing.get(alert_id) ?? joined.get(alert_id)) as string;
    return {
      alert_id,
      incident_id,
      result: unreported.delete(incident_id) ? ('new_incident' as const) : ('existing_incident' as const),
    };
  });
}
