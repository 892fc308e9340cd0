import { type Db, withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import type { Caller, Service } from '../../kernel/ports/contract';
import type { AlertSnapshot, IncidentEventKind, IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { isHigher } from '../domain/escalation';
import { flappingBegan, flappingEnded } from '../domain/flappingEntries';
import { peakOf, retitled } from '../domain/revision';
import { correlatedEntry, type Entry } from '../domain/timeline';
import { observeTransitions } from '../lifecycle/transitions';
import { recordEntries } from '../records/recordEntries';
import { joinIncidents, linksOf } from '../store/attach';
import { lockIncidents, lockSlots } from '../store/changes';
import { type FlappingIdentity, flappingIn, markFlapping, unmarkFlapping } from '../store/flapping';
import { type Link, writeOpenings } from '../store/openings';
import { applyJoins } from './joinEffects';
import { resolveQuiet } from './quiet';
import { raise } from './revision';

/**
 * An identity that flaps fires and ends again and again. Its incident stays open meanwhile and takes each new alert of the
 * identity, however long ago the last one was, so that it pages once.
 */

type Attaching = Pick<Service<IncidentsContract>, 'attach'>;
type Flapping = Pick<Service<IncidentsContract>, 'flappingEnded'>;

/** Another transaction attached one of the alerts first. */
class RaceLost extends Error {
  override readonly name = 'RaceLost';
}

/** `attach` that lets alerts of flapping identities join their incidents. */
export function attachFlapping(deps: Pick<Deps, 'db' | 'clock'>, { attach }: Attaching): Attaching {
  const { db, clock } = deps;

  /** Returns the incidents that took alerts, by the ids of these. */
  async function join(alerts: readonly AlertSnapshot[], caller: Caller): Promise<Map<string, string>> {
    const marked = await flappingIn(
      db,
      alerts.map(({ fingerprint }) => fingerprint),
    );
    const known = new Set(
      (
        await linksOf(
          db,
          alerts.map(({ id }) => id),
        )
      ).map(({ alertId }) => alertId),
    );
    const fresh = alerts.filter(({ id, fingerprint }) => marked.has(fingerprint) && !known.has(id));
    if (fresh.length === 0) return new Map();
    const links = fresh.map((alert) => ({ incidentId: marked.get(alert.fingerprint) as string, alert }));
    try {
      return await withRetry(db, (trx) => write(trx, links, caller));
    } catch (error) {
      if (error instanceof RaceLost) return new Map();
      throw error;
    }
  }

  async function write(trx: Db, wanted: readonly Link[], caller: Caller): Promise<Map<string, string>> {
    const now = clock.now();
    const counts = new Map<string, number>();
    for (const { incidentId } of wanted) counts.set(incidentId, (counts.get(incidentId) ?? 0) + 1);
    const open = await joinIncidents(trx, counts, now);
    const links = wanted.filter(({ incidentId }) => open.has(incidentId));
    if (links.length === 0) return new Map();
    const entries = links.map(({ incidentId, alert }) => correlatedEntry(incidentId, alert, caller.actor, now));
    if ((await writeOpenings(trx, now, { openings: [], links, entries })) < links.length) throw new RaceLost();
    await recordEntries(trx, await applyJoins(trx, links, { now, caller }), caller);
    await recordEntries(trx, await raiseIncidents(trx, links, { now, caller }), caller);
    const incidents = [...open].map((incident_id) => ({ incident_id, alerts: counts.get(incident_id) ?? 0 }));
    const event: NewEvent<IncidentEventKind> = {
      kind: 'alerts_correlated',
      ...{ subject: links[0]?.incidentId as string, actor: caller.actor, data: { incidents }, at: now },
    };
    await record(trx, [event], caller);
    return new Map(links.map(({ incidentId, alert }) => [alert.id, incidentId]));
  }

  async function mark(marks: readonly FlappingIdentity[], caller: Caller): Promise<void> {
    if (marks.length === 0) return;
    await withRetry(db, async (trx) => {
      const incidents = await lockIncidents(trx, [...new Set(marks.map(({ incident_id }) => incident_id))]);
      const open = marks.filter(({ incident_id }) => incidents.get(incident_id)?.status !== 'resolved');
      await recordEntries(trx, await beginFlapping(trx, open, { now: clock.now(), caller }), caller);
    });
  }

  return {
    async attach(input, caller) {
      const flapping = input.alerts.filter((alert) => alert.flapping === true);
      if (flapping.length === 0) return attach(input, caller);
      const joined = await join(flapping.map(plain), caller);
      const rest = input.alerts.filter(({ id }) => !joined.has(id)).map(plain);
      const { results } = rest.length === 0 ? { results: [] } : await attach({ alerts: rest }, caller);
      const incidentOf = new Map(
        results.flatMap(({ alert_id, incident_id, result }) => (result === 'ended' ? [] : [[alert_id, incident_id]])),
      );
      await mark(
        flapping.flatMap(({ id, fingerprint }) => {
          const incident_id = incidentOf.get(id);
          return incident_id === undefined ? [] : [{ fingerprint, incident_id }];
        }),
        caller,
      );
      const others = results.values();
      return {
        results: input.alerts.map(({ id }) => {
          const incident_id = joined.get(id);
          if (incident_id === undefined) return others.next().value as (typeof results)[number];
          return { alert_id: id, incident_id, result: 'existing_incident' as const };
        }),
      };
    },
  };
}

/** Raises incidents to the severities of alerts that joined them, whatever their groups. @returns the entries to record */
async function raiseIncidents(trx: Db, links: readonly Link[], act: { now: Date; caller: Caller }): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const [id, incident] of await lockIncidents(trx, [...new Set(links.map(({ incidentId }) => incidentId))])) {
    const alerts = links.filter(({ incidentId }) => incidentId === id).map(({ alert }) => alert);
    const highest = alerts.reduce((one, other) => (isHigher(peakOf(other), peakOf(one)) ? other : one));
    const raisedTo = peakOf(highest);
    if (!isHigher(raisedTo, incident.severity)) continue;
    const title = retitled(incident.title, raisedTo);
    entries.push(...(await raise(trx, { ...incident, title }, { alert: highest, raisedTo }, act)));
  }
  return entries;
}

/** The snapshot as it is stored. */
const plain = ({ flapping: _, ...alert }: AlertSnapshot): AlertSnapshot => alert;

/** Marks identities in locked, unresolved incidents. @returns the entries to record */
export async function beginFlapping(
  trx: Db,
  marks: readonly FlappingIdentity[],
  { now, caller }: { now: Date; caller: Caller },
): Promise<Entry[]> {
  const began = await markFlapping(trx, [...new Map(marks.map((mark) => [mark.fingerprint, mark])).values()], now);
  return began.map((incidentId) => {
    const first = marks.find(({ incident_id }) => incident_id === incidentId) as FlappingIdentity;
    return flappingBegan(incidentId, first.fingerprint, { now, actor: caller.actor });
  });
}

/** The operation `flappingEnded`. */
export function createFlapping({ db, clock, metrics, poke }: Deps): Flapping {
  return {
    async flappingEnded({ fingerprints }, caller) {
      const ids = [...new Set((await flappingIn(db, fingerprints)).values())].sort();
      if (ids.length === 0) return { incidents: [] };
      const changes = await withRetry(db, async (trx) => {
        await lockSlots(trx, ids);
        const incidents = await lockIncidents(trx, ids);
        const act = { now: clock.now(), caller };
        const over = await unmarkFlapping(trx, fingerprints, act.now);
        const unresolved = over.flatMap((id) => incidents.get(id) ?? []).filter(({ status }) => status !== 'resolved');
        const entries = unresolved.map(({ id }) => flappingEnded(id, 'quiet', { ...act, actor: caller.actor }));
        const resolved = await resolveQuiet(trx, unresolved, act);
        await recordEntries(trx, [...entries, ...resolved.entries], caller);
        return resolved.changes;
      });
      observeTransitions(metrics, changes);
      poke();
      return { incidents: ids };
    },
  };
}
