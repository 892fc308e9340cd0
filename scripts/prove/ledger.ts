/**
 * The ledger: what went in, beside what came of it. Pure: facts in, lines out. A line has **faults** where something was
 * lost, repeated or is not so as it was promised; a run without faults has lost nothing.
 */

/** One report of a condition, as its sender saw it. */
export interface Report {
  condition: string;
  /** Repeated under its Idempotency-Key until it was answered; so it counts once. */
  insists: boolean;
  tries: number;
  accepted: boolean;
  /** Null where the answer does not say (a vendor's webhook, an incident that could not be asked for in time). */
  alertId: string | null;
  incidentId: string | null;
}

export interface Tables {
  alerts: {
    id: string;
    condition: string | null;
    fingerprint: string;
    status: string;
    count: number;
    incident_id: string | null;
  }[];
  incidents: { id: string; status: string; alert_count: number; was_acknowledged: boolean }[];
  links: { alert_id: string; incident_id: string; firing: boolean }[];
  steps: { incident_id: string; turn: number; told: boolean }[];
  /** In the order in which it was written. `print` changes with any column. */
  timeline: { id: string; incident_id: string; event_type: string; alert_id: string | null; print: string }[];
  notifications: {
    id: string;
    incident_id: string;
    channel: string;
    recipient: string;
    status: string;
    audience: string;
    told_key: string | null;
  }[];
  attempts: { notification_id: string; attempt: number; outcome: string | null; reason: string | null }[];
  jobs: { module: string; kind: string; due: boolean; given_up: boolean; last_error: string | null }[];
  setAside: { module: string; error: string }[];
}

export interface Answers {
  alerts: { total: number; rows: { id: string; incident_id: string | null }[] };
  incidents: { total: number; rows: { id: string; status: string }[] };
  notifications: { total: number; rows: { id: string; status: string }[] };
  timelines: Map<string, string[]>;
  incidentStats: Record<string, number | null>;
  notificationStats: Record<string, unknown>;
  metrics: Record<string, number>;
}

export interface Facts {
  reports: readonly Report[];
  /** Incidents whose change was answered with 200. */
  acknowledged: ReadonlySet<string>;
  resolved: ReadonlySet<string>;
  /** By notification: whom it reached, once for every time it arrived. */
  arrived: ReadonlyMap<string, readonly string[]>;
  /** Timeline entries as they were seen during the run. */
  prints: ReadonlyMap<string, string>;
  tables: Tables;
  answers?: Answers;
}

export interface Line {
  what: string;
  count: number;
  faults: string[];
}

export function ledgerOf(facts: Facts): Line[] {
  return [
    ...linesOfAlerts(facts),
    ...linesOfIncidents(facts),
    ...linesOfPages(facts),
    ...linesOfTimelines(facts),
    ...linesOfRest(facts),
    ...(facts.answers ? linesOfAnswers(facts.tables, facts.answers) : []),
  ];
}

const line = (what: string, count: number, faults: string[] = []): Line => ({ what, count, faults });

function groups<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const grouped = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = grouped.get(key);
    if (group) group.push(row);
    else grouped.set(key, [row]);
  }
  return grouped;
}

const byId = <T extends { id: string }>(rows: readonly T[]): Map<string, T> =>
  new Map(rows.map((row) => [row.id, row]));

function linesOfAlerts({ reports, tables: { alerts, links } }: Facts): Line[] {
  const accepted = reports.filter((report) => report.accepted);
  const known = byId(alerts);
  const ofCondition = groups(alerts, ({ condition }) => condition ?? '');
  const linkOf = new Map(links.map((link) => [link.alert_id, link]));
  const firing = groups(
    alerts.filter(({ status }) => status === 'firing'),
    ({ fingerprint }) => fingerprint,
  );
  return [
    line('reports sent', reports.length),
    line(
      'accepted, and stored',
      accepted.length,
      accepted.flatMap(({ condition, alertId }) => {
        const stored = alertId === null ? ofCondition.has(condition) : known.get(alertId)?.condition === condition;
        return stored ? [] : [`${condition} was accepted (${alertId ?? 'webhook'}) and is not stored`];
      }),
    ),
    line(
      'answers that named the incident, and it is that one',
      accepted.filter(({ incidentId }) => incidentId !== null).length,
      accepted.flatMap(({ condition, alertId, incidentId }) => {
        const stored = alertId === null ? undefined : known.get(alertId);
        if (incidentId === null || !stored || stored.incident_id === incidentId) return [];
        return [`${condition}: answered ${incidentId}, stored ${stored.incident_id}`];
      }),
    ),
    line(
      'alerts, each in exactly one incident',
      alerts.length,
      alerts.flatMap(({ id, incident_id, condition }) => {
        const linked = linkOf.get(id)?.incident_id;
        if (incident_id !== null && linked === incident_id) return [];
        return [`alert ${id} (${condition}) says ${incident_id}, its link says ${linked}`];
      }),
    ),
    line(
      'conditions, each report counted once',
      new Set(reports.map(({ condition }) => condition)).size,
      miscounted(reports, ofCondition),
    ),
    line(
      'conditions that fire, each as one alert',
      firing.size,
      [...firing].flatMap(([fingerprint, rows]) =>
        rows.length > 1 ? [`${fingerprint} fires ${rows.length} times`] : [],
      ),
    ),
  ];
}

/** A report counts once; one that was repeated without a key, because nobody answered, at most once for each try. */
function miscounted(reports: readonly Report[], ofCondition: ReadonlyMap<string, Tables['alerts']>): string[] {
  return [...groups(reports, ({ condition }) => condition)].flatMap(([condition, sent]) => {
    const least = sent.filter(({ accepted }) => accepted).length;
    const most = sent.reduce((sum, { insists, tries }) => sum + (insists ? Math.min(1, tries) : tries), 0);
    const alerts = ofCondition.get(condition) ?? [];
    const counted = alerts.reduce((sum, { count }) => sum + count, 0);
    if (least <= counted && counted <= most) return [];
    const said = alerts.map(({ id, status, count, incident_id }) => `${id} ${status} ×${count} in ${incident_id}`);
    return [`${condition} is counted ${counted} times, was reported ${least} to ${most} times: ${said.join(', ')}`];
  });
}

function linesOfIncidents({ tables: { alerts, incidents, links, steps } }: Facts): Line[] {
  const known = byId(incidents);
  const stored = byId(alerts);
  const linksOf = groups(links, ({ incident_id }) => incident_id);
  return [
    line(
      'incidents, each with the alerts it counts',
      incidents.length,
      incidents.flatMap(({ id, alert_count }) => {
        const linked = linksOf.get(id)?.length ?? 0;
        return linked === alert_count && linked > 0 ? [] : [`incident ${id} counts ${alert_count}, has ${linked}`];
      }),
    ),
    line(
      'links, each of an alert and an incident there are',
      links.length,
      links.flatMap(({ alert_id, incident_id, firing }) => {
        const incident = known.get(incident_id);
        if (!stored.has(alert_id) || !incident) return [`the link of ${alert_id} to ${incident_id} hangs in the air`];
        const over = incident.status === 'resolved';
        return firing && over ? [`alert ${alert_id} fires in the resolved incident ${incident_id}`] : [];
      }),
    ),
    line(
      'incidents resolved, no alert of theirs left unended by its source alone',
      incidents.filter(({ status }) => status === 'resolved').length,
      incidents.flatMap(({ id, status }) => {
        const ended = (linksOf.get(id) ?? []).every(({ alert_id }) => stored.get(alert_id)?.status === 'resolved');
        return status !== 'resolved' && ended ? [`incident ${id} is ${status}, and all its alerts have ended`] : [];
      }),
    ),
    line(
      'escalation steps taken, each told',
      steps.length,
      steps.flatMap(({ incident_id, turn, told }) => {
        // Who has it already need not be told: such a step stays as it is.
        const open = known.get(incident_id)?.status === 'open';
        return told || !open ? [] : [`step ${turn} of incident ${incident_id} told nobody`];
      }),
    ),
  ];
}

const UNKNOWABLE = /^(timeout|connection_lost)/;

/** Nobody can know whether such an attempt got through: its process died in it, or the answer never came. */
const isUnknowable = ({ outcome, reason }: Tables['attempts'][number]): boolean =>
  outcome === null || outcome === 'unknown' || (outcome === 'failed' && UNKNOWABLE.test(reason ?? ''));

function linesOfPages(facts: Facts): Line[] {
  const { arrived, tables } = facts;
  const { notifications, attempts } = tables;
  const known = byId(notifications);
  const real = notifications.filter(({ channel }) => channel !== 'mock');
  const unknowable = groups(attempts.filter(isUnknowable), ({ notification_id }) => notification_id);
  const timesOf = (id: string): number => arrived.get(id)?.length ?? 0;
  const allowedOf = (id: string): number => unknowable.get(id)?.length ?? 0;
  const twice = real.filter(({ id }) => timesOf(id) > 1);
  return [
    ...linesOfFirstPages(facts),
    line(
      'pages, each on its way to its end',
      real.length,
      real.flatMap(({ id, status }) => (status === 'queued' ? [`notification ${id} is still queued`] : [])),
    ),
    line(
      'pages called sent, each arrived',
      real.filter(({ status }) => status === 'sent').length,
      real.flatMap(({ id, status }) => (status === 'sent' && timesOf(id) === 0 ? [`${id} never arrived`] : [])),
    ),
    line(
      'arrivals, each of a page there is, at its address',
      [...arrived.values()].reduce((sum, to) => sum + to.length, 0),
      [...arrived].flatMap(([id, to]) => {
        const page = known.get(id);
        const right = page !== undefined && to.every((address) => address === `${page.channel}:${page.recipient}`);
        return right ? [] : [`${id} arrived at ${to.join(', ')} and is no such page`];
      }),
    ),
    line(
      'attempts whose process died in them (unknown)',
      attempts.filter(({ outcome }) => outcome === 'unknown').length,
    ),
    line(
      'attempts nobody answered in time (timeout, connection lost)',
      attempts.filter((each) => each.outcome === 'failed' && isUnknowable(each)).length,
    ),
    line(
      'pages that arrived twice after such an attempt',
      twice.filter(({ id }) => timesOf(id) <= 1 + allowedOf(id)).length,
    ),
    line(
      'pages that arrived twice without one',
      twice.filter(({ id }) => timesOf(id) > 1 + allowedOf(id)).length,
      twice.flatMap(({ id }) =>
        timesOf(id) > 1 + allowedOf(id) ? [`${id} arrived ${timesOf(id)} times, ${allowedOf(id)} unknown`] : [],
      ),
    ),
    line('steps told, no address of theirs twice', new Set(real.map(({ told_key }) => told_key)).size, toldTwice(real)),
  ];
}

/** One step may tell an address once, however often its command was repeated. */
function toldTwice(real: Tables['notifications']): string[] {
  return [
    ...groups(real, ({ told_key, channel, recipient, id }) => `${told_key ?? id} ${channel}:${recipient}`),
  ].flatMap(([key, same]) => (same.length > 1 ? [`${key} was told ${same.length} times`] : []));
}

/** Every incident pages a person, unless it was over or taken before that could be. */
function linesOfFirstPages({ arrived, tables: { incidents, notifications, timeline } }: Facts): Line[] {
  const pagesOf = groups(
    notifications.filter(({ audience }) => audience === 'person'),
    ({ incident_id }) => incident_id,
  );
  const entriesOf = groups(timeline, ({ incident_id }) => incident_id);
  const reached = incidents.filter(({ id }) => (pagesOf.get(id) ?? []).some((page) => arrived.has(page.id)));
  const others = incidents.filter((incident) => !reached.includes(incident));
  const overBefore = others.filter(({ id, status }) => {
    const kinds = (entriesOf.get(id) ?? []).map(({ event_type }) => event_type);
    const unsent = (pagesOf.get(id) ?? []).every((page) => page.status === 'cancelled');
    return status === 'resolved' && unsent && kinds.includes('alert_resolved');
  });
  const lost = others.filter((incident) => !overBefore.includes(incident));
  return [
    line('incidents that paged a person', reached.length),
    line('incidents whose source ended them before the page could go out', overBefore.length),
    line(
      'incidents that paged nobody',
      lost.length,
      lost.map(({ id, status }) => `incident ${id} (${status}) paged nobody`),
    ),
  ];
}

function linesOfTimelines({ acknowledged, resolved, prints, tables }: Facts): Line[] {
  const { incidents, links, steps, timeline } = tables;
  const known = byId(incidents);
  const entriesOf = groups(timeline, ({ incident_id }) => incident_id);
  const linksOf = groups(links, ({ incident_id }) => incident_id);
  const toldOf = groups(
    steps.filter(({ told }) => told),
    ({ incident_id }) => incident_id,
  );
  const now = new Map(timeline.map(({ id, print }) => [id, print]));
  const stands = (id: string, statuses: string[]): boolean => statuses.includes(known.get(id)?.status ?? '');
  return [
    line(
      'timelines, each complete',
      entriesOf.size,
      incidents.flatMap((incident) =>
        gapsOf(
          incident,
          entriesOf.get(incident.id) ?? [],
          linksOf.get(incident.id) ?? [],
          toldOf.get(incident.id) ?? [],
        ),
      ),
    ),
    line(
      'acknowledgements answered, each kept',
      acknowledged.size,
      [...acknowledged].filter((id) => !known.get(id)?.was_acknowledged).map((id) => `${id} is not acknowledged`),
    ),
    line(
      'resolutions answered, each kept',
      resolved.size,
      [...resolved].filter((id) => !stands(id, ['resolved'])).map((id) => `${id} is not resolved`),
    ),
    line(
      'entries seen during the run, each still as it was',
      prints.size,
      [...prints].filter(([id, print]) => now.get(id) !== print).map(([id]) => `entry ${id} was changed or is gone`),
    ),
  ];
}

const TOLD = ['paged', 'escalated', 'nobody_reached'];

function gapsOf(
  { id, status, was_acknowledged }: Tables['incidents'][number],
  entries: Tables['timeline'],
  links: Tables['links'],
  told: Tables['steps'],
): string[] {
  const many = (...kinds: string[]): number => entries.filter(({ event_type }) => kinds.includes(event_type)).length;
  const ended = entries.filter(({ event_type }) => event_type === 'alert_resolved');
  const over = status === 'resolved' ? 1 : 0;
  const wanted: [what: string, is: boolean][] = [
    ['begins with created, once', entries[0]?.event_type === 'created' && many('created') === 1],
    ['an entry for each alert', many('alert_correlated') === links.length],
    ['an entry for each step that told', many(...TOLD) === told.length],
    ['acknowledged at most once', many('acknowledged') <= 1],
    ['acknowledged where it is', many('acknowledged', 'in_progress', 'resolved') > 0 === was_acknowledged],
    ['resolved as often as it is', many('resolved') === over],
    ['each ended alert once', new Set(ended.map(({ alert_id }) => alert_id)).size === ended.length],
    ['still acknowledged', status !== 'acknowledged' || many('acknowledged') === 1],
  ];
  const said = entries.map(({ event_type }) => event_type).join(' ');
  return wanted
    .filter(([, is]) => !is)
    .map(([what]) => `the timeline of ${id} (${status}) lacks: ${what}; has ${said}`);
}

function linesOfRest({ tables: { jobs, setAside } }: Facts): Line[] {
  return [
    line(
      'promises due and not kept',
      jobs.filter(({ due }) => due).length,
      jobs.filter(({ due }) => due).map(({ module, kind, last_error }) => `${module}: ${kind} is due (${last_error})`),
    ),
    line(
      'promises given up',
      jobs.filter((job) => job.given_up).length,
      jobs.filter((job) => job.given_up).map(({ module, kind, last_error }) => `${module}: ${kind}: ${last_error}`),
    ),
    line(
      'facts put aside',
      setAside.length,
      setAside.map(({ module, error }) => `${module}: ${error}`),
    ),
  ];
}

function linesOfAnswers(tables: Tables, answers: Answers): Line[] {
  const listed = { alerts: answers.alerts, incidents: answers.incidents, notifications: answers.notifications };
  const unlisted = Object.entries(listed).flatMap(([name, { total, rows }]) => {
    const stored = new Set(tables[name as keyof typeof listed].map(({ id }) => id));
    const same = total === stored.size && new Set(rows.map(({ id }) => id)).size === stored.size;
    return same && rows.every(({ id }) => stored.has(id)) ? [] : [`${name}: ${total} listed, ${stored.size} stored`];
  });
  const entriesOf = groups(tables.timeline, ({ incident_id }) => incident_id);
  const untold = [...answers.timelines].filter(
    ([id, entries]) => entries.join() !== (entriesOf.get(id) ?? []).map((entry) => entry.id).join(),
  );
  const gauges = gaugesOf(tables, answers);
  return [
    line(
      'alerts, incidents and notifications that the API lists',
      unlisted.length === 0 ? totalOf(listed) : 0,
      unlisted,
    ),
    line(
      'timelines that the API tells in order',
      answers.timelines.size,
      untold.map(([id]) => `the timeline of ${id} is told otherwise`),
    ),
    line(
      'gauges and statistics equal to their tables',
      gauges.length,
      gauges.filter(({ said, is }) => said !== is).map(({ name, said, is }) => `${name} says ${said}, there are ${is}`),
    ),
  ];
}

const totalOf = (listed: Record<string, { total: number }>): number =>
  Object.values(listed).reduce((sum, { total }) => sum + total, 0);

function gaugesOf({ incidents, notifications }: Tables, { metrics, incidentStats, notificationStats }: Answers) {
  const having = (rows: readonly { status: string }[], wanted: string): number =>
    rows.filter(({ status }) => status === wanted).length;
  return [
    ...['open', 'acknowledged', 'in_progress', 'resolved'].flatMap((status) => [
      {
        name: `incidents_total ${status}`,
        said: metrics[`incidents_total{status="${status}"}`],
        is: having(incidents, status),
      },
      { name: `incident statistics ${status}`, said: incidentStats[status], is: having(incidents, status) },
    ]),
    { name: 'notifications_in_log', said: metrics['notifications_in_log'], is: notifications.length },
    { name: 'alerts_without_incident', said: metrics['alerts_without_incident'], is: 0 },
    { name: 'notification statistics', said: notificationStats['total'], is: notifications.length },
    ...['sent', 'failed', 'queued', 'cancelled'].map((status) => ({
      name: `notification statistics ${status}`,
      said: notificationStats[status],
      is: having(notifications, status),
    })),
  ];
}
