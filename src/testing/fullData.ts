import { randomUUID } from 'node:crypto';
import type { Harness } from './harness';

/** Fills the databases: lists as long and rows as wide as the product allows. */

export const TEAM = 'crowd';
export const ALERT = randomUUID();
export const INCIDENT = randomUUID();
export const INTEGRATION = randomUUID();
export const HEARTBEAT = randomUUID();
export const PING_KEY = randomUUID();
export const OVERRIDE = randomUUID();
export const NOTIFICATION = randomUUID();
export const SILENCE = randomUUID();
export const WINDOW = randomUUID();

/** `count` people with the longest names. */
export const people = (count: number, letter = 'n') =>
  Array.from({ length: count }, (_, n) => ({ name: `${n} ${letter.repeat(200)}`, email: `${n}.of@${letter}.example` }));
export const ANN = { name: 'Ann', email: 'ann@example.com' };
export const BOB = { name: 'Bob', email: 'bob@example.com' };

/** An object of `count` texts of `length` characters that are longer in JSON and in UTF-8. */
export const wideObject = (count: number, length: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`label ${n}`, 'é"'.repeat(length / 2)]));

/** Inserts the rows by SQL, because requests would be slow. */
export async function fillDatabases({ databases }: Harness): Promise<void> {
  const { alerts, incidents, oncall, notify, gateway } = databases;
  const wide = (count: number, length: number): string => JSON.stringify(wideObject(count, length));
  const at = '2026-01-05T08:00:00Z';
  await alerts?.db.raw(
    `insert into integrations (id, name, format, key_hash, key_prefix, created_at, created_by)
     select case n when 1 then cast(:id as uuid) else gen_random_uuid() end, 'integration ' || n, 'alertmanager', md5(n::text), 'tck_', :at, 'seed'
       from generate_series(1, 2000) as n`,
    { id: INTEGRATION, at },
  );
  await alerts?.db.raw(
    `insert into alerts (id, service, severity, message, labels, fingerprint, timestamp, created_at, last_seen_at, reported_by, incident_id)
     select case n when 1 then cast(:id as uuid) else gen_random_uuid() end, 'service ' || n, 'low', repeat('m"', 2000), cast(:labels as jsonb),
            md5(n::text), :at, cast(:at as timestamptz) + n * interval '1 second', :at, 'seed', cast(:incident as uuid)
       from generate_series(1, 400) as n`,
    { id: ALERT, incident: INCIDENT, labels: wide(64, 1_000), at },
  );
  await alerts?.db.raw(
    `insert into alert_reports (alert_id, place, at, reports, reported_by) select :id, n, :at, 1, repeat('r', 255) from generate_series(0, 199) as n`,
    { id: ALERT, at },
  );
  await alerts?.db.raw(
    `insert into alert_events (alert_id, place, at, severity, message, reported_by, payload)
     select :id, n, :at, 'low', repeat('m"', 1000), repeat('r', 255), repeat('https://é:"@x' || chr(10), 1024)
       from generate_series(-1, 20) as n`,
    { id: ALERT, at },
  );
  await alerts?.db.raw(
    `insert into rejected_payloads (integration_id, at, reason, body) select :id, :at, repeat('r', 500), repeat('"', 16000) from generate_series(1, 50) as n`,
    { id: INTEGRATION, at },
  );
  await fillHeartbeats(alerts?.db as NonNullable<typeof alerts>['db'], at);
  await alerts?.db.raw(
    `insert into changes (id, integration_id, service, summary, source, at, received_at, links, details, reported_by)
     select gen_random_uuid(), :id, 'service 1', repeat('s"', 1000), repeat('s', 255), cast(:at as timestamptz) + n * interval '1 second',
            cast(:at as timestamptz) + interval '1 day', cast(:links as jsonb), cast(:details as jsonb), repeat('r', 255)
       from generate_series(1, 2000) as n`,
    {
      id: INTEGRATION,
      at,
      links: JSON.stringify(
        Array.from({ length: 8 }, () => ({ text: 't"'.repeat(50), url: `https://ci.example/${'b'.repeat(2_000)}` })),
      ),
      details: wide(32, 340),
    },
  );
  const matchers = JSON.stringify(
    Array.from({ length: 20 }, (_, n) => ({ name: `label ${n}`, operator: '=', value: 'é"'.repeat(95) })),
  );
  const recurrence = { rrule: 'FREQ=MONTHLY;BYDAY=-1SU', time_zone: 'UTC', starts_at: '2020-01-01T02:30' };
  await alerts?.db.raw(
    `insert into mutes (id, cause, name, matchers, starts_at, ends_at, recurrence, created_at, created_by, updated_at, updated_by)
     select case n when 1 then cast(:silence as uuid) when 2 then cast(:window as uuid) else gen_random_uuid() end,
            case when n = 2 or n > 830 then 'window' else 'silence' end, repeat('n"', case when n = 2 or n > 830 then 125 else 1000 end), cast(:matchers as jsonb), :at,
            case when n = 2 or n > 830 then null else cast('2027-01-05T09:00:00Z' as timestamptz) end,
            case when n = 2 or n > 830 then cast(:recurrence as jsonb) end, :at, 'seed', :at, 'seed'
       from generate_series(1, 1000) as n`,
    {
      ...{ silence: SILENCE, window: WINDOW, matchers, at },
      recurrence: JSON.stringify({ ...recurrence, duration_minutes: 60 }),
    },
  );
  await alerts?.db.raw(
    `insert into alert_rules (id, place, name, enabled, matchers, actions, stop, created_at, created_by, updated_at, updated_by)
     select gen_random_uuid(), n, 'rule ' || n, true, cast(:matchers as jsonb), '{"drop": false, "set": {}}', false, :at, 'seed', :at, 'seed'
       from generate_series(1, 150) as n`,
    { matchers, at },
  );
  await incidents?.db.raw(
    `insert into incidents (id, title, service, severity, created_at, updated_at, alert_count)
     select case n when 1 then cast(:id as uuid) else gen_random_uuid() end, repeat('t"', 250), 'service ' || n, 'low',
            cast(:at as timestamptz) + n * interval '1 second', :at, 1000 from generate_series(1, 3000) as n`,
    { id: INCIDENT, at: '2026-01-04T08:00:00Z' },
  );
  await incidents?.db.raw(
    `insert into incident_timeline (incident_id, event_type, detail, created_at)
     select :id, 'note_added', jsonb_build_object('text', repeat('d"', 1000)), :at from generate_series(1, 5000) as n`,
    { id: INCIDENT, at },
  );
  await incidents?.db.raw(
    `insert into incident_notes (incident_id, content, created_at) select :id, repeat('c"', 2500), :at from generate_series(1, 2000) as n`,
    { id: INCIDENT, at },
  );
  await incidents?.db.raw(
    `insert into postmortem_versions (incident_id, version, text, actor, actor_kind, created_at)
     select :id, n, repeat('https://é:"@x' || chr(10), 4681), repeat('a', 255), 'user', :at from generate_series(1, 200) as n`,
    { id: INCIDENT, at },
  );
  const snapshot = JSON.stringify({
    ...{
      service: 'service 1',
      severity: 'low',
      message: 'm"'.repeat(2_000),
      fingerprint: 'f',
      source: 'api',
      id: ALERT,
    },
    ...{ labels: JSON.parse(wide(64, 500)), timestamp: at, created_at: at },
  });
  await incidents?.db.raw(
    `insert into alert_links (alert_id, incident_id, firing, snapshot, attached_at)
     select gen_random_uuid(), :id, true, cast(:snapshot as jsonb), :at from generate_series(1, 1000) as n`,
    { id: INCIDENT, snapshot, at },
  );
  await notify?.db.raw(
    `insert into notifications (id, incident_id, recipient, message, metadata, created_at)
     select case n when 1 then cast(:id as uuid) else gen_random_uuid() end, :incident, 'ops-team', repeat('m"', 2000),
            cast(:metadata as jsonb), :at from generate_series(1, 3000) as n`,
    { id: NOTIFICATION, incident: INCIDENT, metadata: wide(20, 500), at },
  );
  await gateway?.db.raw(
    `insert into audit (module, kind, subject, actor, data, at)
     select 'oncall', 'policy_set', 'team', 'ada', jsonb_build_object('text', repeat('d"', 5000)), :at from generate_series(1, 500) as n`,
    { at },
  );
  await fillOncall(oncall?.db as NonNullable<typeof oncall>['db'], at);
}

/** All heartbeats with all their pings, each with the longest body. */
async function fillHeartbeats(db: NonNullable<Harness['databases']['alerts']>['db'], at: string): Promise<void> {
  await db.raw(
    `insert into heartbeats (id, ping_id, name, slug, team, severity, cron, time_zone, grace, created_at, created_by, pings, since, due_at, down_at)
     select case n when 1 then cast(:id as uuid) else gen_random_uuid() end, gen_random_uuid(), n || repeat('h"', 120), 'slug-' || n,
            repeat('t', 250), 'low', '59 23 29 2 *', 'Europe/Berlin', 3600, :at, 'seed', 100, :at, :at, :at from generate_series(1, 1900) as n`,
    { id: HEARTBEAT, at },
  );
  // In parts, because one statement for all of them takes longer than the timeout on a busy machine.
  for (let first = 1; first <= 100; first += 10) {
    await db.raw(
      `insert into heartbeat_pings (heartbeat_id, place, number, at, kind, exit_code, rid, run_ms, method, body, body_bytes)
       select h.id, n % 100, n, :at, 'fail', 255, gen_random_uuid(), 1, 'POST', case h.id when :id then repeat('"', 10000) end, 10000
         from heartbeats h, generate_series(cast(:first as int), cast(:first as int) + 9) as n`,
      { id: HEARTBEAT, at, first },
    );
  }
  await db.raw(
    `insert into ping_keys (id, name, key_hash, key_prefix, created_at, created_by)
     select case n when 1 then cast(:id as uuid) else gen_random_uuid() end, repeat('k"', 120), md5(n::text), 'abcdef', :at, 'seed'
       from generate_series(1, 1000) as n`,
    { id: PING_KEY, at },
  );
}

async function fillOncall(db: NonNullable<Harness['databases']['oncall']>['db'], at: string): Promise<void> {
  const layer = { role: 'primary', level: 0, restrictions: [] };
  const versionOf = (slots: object[][], unit = 'hourly') =>
    JSON.stringify([
      {
        ...{ ...layer, name: 'all' },
        rotation: { unit, length: 1, handoff: '2026-01-05T09:00', turns: 'always', turn_offset: 0, slots },
      },
    ]);
  const schedule = (prefix: string, count: number, layers: string) =>
    db.raw(
      `with t as (insert into teams (name, created_at) select :prefix || case when n = 1 then '' else ' ' || n end, :at
                    from generate_series(1, cast(:count as int)) as n returning name),
            s as (insert into schedules (id, team, rotation_type, members, created_at, layered)
                  select gen_random_uuid(), name, 'weekly', '[]', :at, true from t returning id)
       insert into schedule_versions (schedule_id, effective_from, time_zone, layers, created_at)
       select id, '2020-01-01T00:00:00Z', 'Europe/Berlin', cast(:layers as jsonb), :at from s`,
      { prefix, count, layers, at },
    );
  await schedule(TEAM, 1, versionOf([people(1000), people(1000, 'm')], 'weekly'));
  await schedule('steady', 1, versionOf([[ANN], [BOB]]));
  await schedule('changed', 1, versionOf([people(1), people(1, 'm')], 'weekly'));
  await schedule('pairs', 1, versionOf([people(20), people(20, 'm')]));
  await schedule('team', 100, versionOf([people(5), people(5, 'm'), people(5, 'k')], 'daily'));
  await db.raw(
    `insert into schedule_versions (schedule_id, effective_from, time_zone, layers, created_at)
     select s.id, cast('2021-01-01T00:00:00Z' as timestamptz) + n * interval '1 day', 'Europe/Berlin', v.layers, :at
       from schedules s join schedule_versions v on v.schedule_id = s.id, generate_series(1, 60) as n where s.team = :team`,
    { team: TEAM, at },
  );
  await db.raw(
    `insert into people (email, name) select n || '@people.example', repeat('p', 200) from generate_series(1, 5000) as n`,
  );
  await db.raw(
    `insert into service_dependencies (service, upstream, grace_seconds)
     select repeat('d', 240) || n, repeat('d', 240) || (n + 1 + n % 50), 60 from generate_series(1, 1900) as n`,
  );
  await db.raw(`insert into services (name, team) select 'owned ' || n, :team from generate_series(1, 5000) as n`, {
    team: TEAM,
  });
  await db.raw(
    `insert into overrides (id, schedule_id, kind, in_name, in_email, reason, created_by, starts_at, ends_at, created_at, plain)
     select case n when 500 then cast(:id as uuid) else gen_random_uuid() end, s.id, 'takeover', repeat('p', 200), n || '@o.example', repeat('r"', 450), 'seed',
            cast('2026-01-05T00:00:00Z' as timestamptz) + n * interval '1 hour', cast('2026-01-05T02:00:00Z' as timestamptz) + n * interval '1 hour', :at, false
       from schedules s, generate_series(1, 1000) as n where s.team = 'changed'`,
    { id: OVERRIDE, at },
  );
  await db.raw(
    `insert into overrides (id, schedule_id, kind, in_name, in_email, reason, created_by, starts_at, ends_at, ended_at, created_at, plain)
     select gen_random_uuid(), s.id, 'takeover', repeat('p', 200), n || '@o.example', repeat('r"', 450), 'seed', i.at, i.at + interval '1 hour', i.at + interval '1 hour', :at, false
       from schedules s, generate_series(1, 9000) as n,
            lateral (select cast('2025-01-05T00:00:00Z' as timestamptz) + n * interval '1 hour' - interval '30 days' as at) i where s.team = 'changed'`,
    { at },
  );
  await db.raw(
    `insert into escalations (id, key, team, incident_id, step, round, reason, message, severity, targets, answer, told, created_at)
     select gen_random_uuid(), 'key ' || n, :team, :incident, 2, 0, repeat('r"', 240), 'm', 'low', '[]', '{"why": "primary"}', cast(:told as jsonb), :at
       from generate_series(1, 10000) as n`,
    {
      ...{ team: TEAM, incident: INCIDENT, at },
      told: JSON.stringify(
        people(5).map(({ name, email }) => ({
          ...{ name, email, role: 'member', channel: 'mock', recipient: name, reachable: true },
          notification_id: INCIDENT,
        })),
      ),
    },
  );
  await db.raw(
    `insert into history (event_type, team, actor, details, at)
     select 'override_added', :team, 'ada', jsonb_build_object('reason', repeat('d"', 400)), :at from generate_series(1, 10000) as n`,
    { team: TEAM, at },
  );
}
