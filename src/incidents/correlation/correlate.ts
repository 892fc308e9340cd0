import { randomUUID } from 'node:crypto';
import { minutes } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller, Service } from '../../kernel/ports/contract';
import { unavailable } from '../../kernel/ports/problem';
import type { AlertSnapshot, IncidentEventKind, IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { type Group, keyOf, type Plan, planAttach } from '../domain/correlation';
import { contextOf, correlatedEntry, type Opening, openingEntries, titleOf } from '../domain/timeline';
import { type Responder, respondersOf } from '../escalation/responders';
import { firstStep, openedEvent } from '../lifecycle/create';
import { countFiring, joinIncidents, type Link, linksOf, takeSlots, writeOpenings } from '../store/attach';
import { attachToOpen } from './join';
import { createRevision } from './revision';

/** Correlation, the hot path: a batch of alerts becomes part of incidents in one transaction of few statements. */

const ATTEMPTS = 8;

/** Another transaction settled something first; `dead` are incidents it resolved. */
class RaceLost extends Error {
  override readonly name = 'RaceLost';
  constructor(readonly dead: readonly string[] = []) {
    super('another transaction was first');
  }
}

/** What the transaction made of a plan. */
interface Attached {
  openings: Opening[];
  /** The incident of each alert that was new. */
  joined: Map<string, string>;
}

export function createCorrelation(rooms: Deps): Pick<Service<IncidentsContract>, 'attach'> {
  const { db, clock, metrics } = rooms;
  const windowMs = minutes(rooms.correlationWindowMinutes);
  const since = (now: Date): Date => new Date(now.getTime() - windowMs);
  const join = attachToOpen(rooms, since);
  const revise = createRevision(rooms);

  async function tryAttach(
    alerts: readonly AlertSnapshot[],
    dead: ReadonlySet<string>,
    live: ReadonlySet<string>,
    caller: Caller,
  ): Promise<{ plan: Plan; attached: Attached }> {
    const links = await linksOf(
      db,
      alerts.map(({ id }) => id),
    );
    const plan = planAttach(alerts, links, dead, randomUUID);
    if (plan.groups.length === 0) return { plan, attached: { openings: [], joined: new Map() } };
    const responders = await respondersFor(plan.groups, live, caller);
    const attached = await withRetry(db, (trx) => write(trx, plan, responders, dead, caller));
    return { plan, attached };
  }

  /** Asked before the transaction, for the keys that will probably open an incident. */
  function respondersFor(
    groups: readonly Group[],
    live: ReadonlySet<string>,
    caller: Caller,
  ): Promise<Map<string, Responder>> {
    const opening = groups.filter((group) => group.proposesNew && group.fresh.length > 0 && !live.has(keyOf(group)));
    return respondersOf(
      rooms,
      opening.map(({ service }) => service),
      caller,
    );
  }

  async function write(
    trx: Db,
    { groups, firing }: Plan,
    responders: ReadonlyMap<string, Responder>,
    dead: ReadonlySet<string>,
    { actor, ...caller }: Caller,
  ): Promise<Attached> {
    const asked = clock.now();
    const held = await takeSlots(trx, groups, { now: asked, since: since(asked), dead: [...dead] });
    // Read under the locks: whoever waited for the slot comes after who opened the incident, in its timeline as well.
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
    await enqueue(
      trx,
      now,
      openings.map((opening) => firstStep(opening, { actor, ...caller })),
    );
    await record(
      trx,
      [...openings.map((opening) => openedEvent(opening, actor, 'alert')), ...correlated(joins, actor, now)],
      { actor, kind: caller.kind },
    );
    return { openings, joined: new Map(links.map(({ incidentId, alert }) => [alert.id, incidentId])) };
  }

  async function countIn(trx: Db, joins: ReadonlyMap<string, number>, now: Date): Promise<void> {
    if (joins.size === 0) return;
    const standing = await joinIncidents(trx, joins, now);
    const dead = [...joins.keys()].filter((id) => !standing.has(id));
    if (dead.length > 0) throw new RaceLost(dead);
  }

  /** What is more than joining: openings, repeats, alerts whose incident is resolved, and races that were lost. */
  async function attachWithLocks(alerts: readonly AlertSnapshot[], live: ReadonlySet<string>, caller: Caller) {
    const dead = new Set<string>();
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        const { plan, attached } = await tryAttach(alerts, dead, live, caller);
        for (const opened of attached.openings) metrics.created(opened);
        if (plan.revised.size > 0) await revise(plan.revised, caller);
        if (attached.openings.length > 0) rooms.poke();
        return resultsOf(alerts, plan, attached);
      } catch (error) {
        if (!(error instanceof RaceLost)) throw error;
        for (const id of error.dead) dead.add(id);
      }
    }
    throw unavailable('Too many changes of the same incidents at once.');
  }

  return {
    async attach({ alerts }, caller) {
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

/** Pure: who opens, who joins, once it is known which incident holds each slot. */
function outcomeOf(
  groups: readonly Group[],
  held: ReadonlyMap<string, string>,
  responders: ReadonlyMap<string, Responder>,
  at: Date,
): { openings: Opening[]; links: Link[]; joins: Map<string, number> } {
  const openings: Opening[] = [];
  const joins = new Map<string, number>();
  const links: Link[] = [];
  for (const group of groups) {
    const { fresh, service, severity } = group;
    const [first] = fresh;
    if (first === undefined) continue;
    const id = held.get(keyOf(group)) as string;
    links.push(...fresh.map((alert) => ({ incidentId: id, alert })));
    if (id !== group.proposed || !group.proposesNew) {
      joins.set(id, (joins.get(id) ?? 0) + fresh.length);
      continue;
    }
    const { team, assignee } = responders.get(service) ?? { team: null, assignee: null };
    const title = titleOf({ ...first, severity });
    const context = contextOf(first);
    openings.push({ id, title, service, severity, team, assignee, alertCount: fresh.length, context, at });
  }
  return { openings, links, joins };
}

/** One event for the whole batch: a storm must not become as many facts as alerts. */
function correlated(joins: ReadonlyMap<string, number>, actor: string, at: Date): NewEvent<IncidentEventKind>[] {
  const [subject] = joins.keys();
  if (subject === undefined) return [];
  const incidents = [...joins].map(([incident_id, alerts]) => ({ incident_id, alerts }));
  return [{ kind: 'alerts_correlated', subject, actor, data: { incidents }, at }];
}

/** In the order of the question. The first alert of an opened incident is the one that says so. */
function resultsOf(alerts: readonly AlertSnapshot[], { ended, firing }: Plan, { openings, joined }: Attached) {
  const unsaid = new Set(openings.map(({ id }) => id));
  return alerts.map(({ id: alert_id }) => {
    const past = ended.get(alert_id);
    if (past !== undefined) return { alert_id, incident_id: past, result: 'ended' as const };
    const incident_id = (firing.get(alert_id) ?? joined.get(alert_id)) as string;
    return {
      alert_id,
      incident_id,
      result: unsaid.delete(incident_id) ? ('new_incident' as const) : ('existing_incident' as const),
    };
  });
}
