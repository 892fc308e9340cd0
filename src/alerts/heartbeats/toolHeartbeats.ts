import type { Caller } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { restart } from '../domain/heartbeats';
import type { FormatHeartbeats, ToolHeartbeat, ToolHeartbeatInput } from '../formats/heartbeats';
import { type HeartbeatRow, heartbeatBySlug, heartbeatOfTool, heartbeatsOfTool, slugTaken } from '../store/heartbeats';
import type { IntegrationRow } from '../store/integrations';
import { paused, slugOf } from './changes';
import type { Pings } from './pings';
import { storedState } from './present';
import { changeHeartbeat, insertHeartbeat, newHeartbeat, type WriteDeps } from './write';

/** Heartbeats of formats: a tool has its own names for them, and pings them by the key of its integration. */

export interface ToolHeartbeatDeps extends WriteDeps {
  pings: Pick<Pings, 'take'>;
}

/** The grace of heartbeats of tools, whose vendors have none. */
const GRACE_S = 60;
/** OnCall's heartbeats are made by their first ping: every half hour, until a person changes that. */
const OWN: ToolHeartbeatInput = { periodSeconds: 1_800, severity: 'high', paused: false };
const OWN_NAME = '';
const LONGEST_SLUG = 100;
const MOST_TRIES = 50;

/** What the endpoints of a format can do with the heartbeats of one integration. */
export function toolHeartbeats(
  deps: ToolHeartbeatDeps,
  integration: Pick<IntegrationRow, 'id' | 'name' | 'service'>,
  caller: Caller,
): FormatHeartbeats {
  const { db, clock, pings } = deps;
  const find = (name: string) => heartbeatOfTool(db, integration.id, name);
  const shown = (row: HeartbeatRow): ToolHeartbeat => presentForTool(row, clock.now());

  async function ping({ pingId }: HeartbeatRow): Promise<void> {
    const nothing = { exitCode: null, rid: null, body: null, bodyBytes: 0 };
    await pings.take(`integration ${integration.id}`, {
      target: { pingId },
      kind: 'success',
      method: 'TOOL',
      ...nothing,
    });
  }

  /** Adds a heartbeat under the first free slug of its name. */
  async function add(name: string, title: string, input: ToolHeartbeatInput): Promise<HeartbeatRow> {
    for (let n = 1; n <= MOST_TRIES; n++) {
      const slug = await freeSlug(db, title, n);
      const row = newHeartbeat(definitionOf(integration, { name, title, slug, input }), caller, clock.now());
      if (await insertHeartbeat(deps, row, caller)) return row;
      const made = await find(name);
      if (made !== undefined) return made;
    }
    throw new Problem('conflict', `No slug is free for the heartbeat '${title}'.`);
  }

  return {
    async ping(name) {
      const row = (await find(name)) ?? (await heartbeatBySlug(db, slugOf(name)));
      if (row !== undefined) await ping(row);
    },
    async pingOwn() {
      await ping((await find(OWN_NAME)) ?? (await add(OWN_NAME, integration.name, OWN)));
    },
    all: async () => (await heartbeatsOfTool(db, integration.id)).map(shown),
    async of(name) {
      const row = await find(name);
      return row === undefined ? null : shown(row);
    },
    async save(name, input) {
      const row = await find(name);
      if (row === undefined) return shown(await add(name, name, { ...NEW, ...input }));
      const edit = (before: HeartbeatRow, now: Date) => edited(before, input, now);
      return shown(await changeHeartbeat(deps, row.id, 'heartbeat_updated', caller, edit));
    },
    async remove(name) {
      const row = await find(name);
      if (row === undefined) return false;
      await changeHeartbeat(deps, row.id, 'heartbeat_deleted', caller, (before, now) => ({
        ...before,
        deletedAt: now,
      }));
      return true;
    },
  };
}

const NEW: ToolHeartbeatInput = { periodSeconds: 600, severity: 'medium', paused: false };

interface Naming {
  name: string;
  title: string;
  slug: string;
  input: ToolHeartbeatInput;
}

/** It belongs to the team that the tool names, else to the service of the integration, else to that of its own slug. */
const definitionOf = (
  { id, service }: Pick<IntegrationRow, 'id' | 'service'>,
  { name, title, slug, input }: Naming,
) => ({
  ...{ name: title, slug, severity: input.severity, paused: input.paused },
  schedule: { period: input.periodSeconds, grace: GRACE_S },
  ...(input.team ? { team: input.team } : { service: service ?? slug }),
  tool: { integrationId: id, name },
  details: input.details ?? {},
});

function edited(before: HeartbeatRow, input: Partial<ToolHeartbeatInput>, now: Date): HeartbeatRow {
  const { periodSeconds, paused: to = before.paused } = input;
  const rescheduled =
    periodSeconds !== undefined && !('period' in before.schedule && before.schedule.period === periodSeconds);
  const after: HeartbeatRow = {
    ...before,
    severity: input.severity ?? before.severity,
    ...(input.team && { team: input.team, service: null }),
    details: { ...before.details, ...input.details },
    ...(rescheduled && {
      schedule: { period: periodSeconds, grace: GRACE_S },
      pulse: before.pulse.down === null ? restart(before.pulse, now) : before.pulse,
    }),
  };
  return to === before.paused ? after : paused(after, to, now);
}

async function freeSlug(db: ToolHeartbeatDeps['db'], title: string, from: number): Promise<string> {
  const base = slugOf(title) || 'heartbeat';
  for (let n = from; n <= from + MOST_TRIES; n++) {
    const end = n === 1 ? '' : `-${n}`;
    const slug = base.slice(0, LONGEST_SLUG - end.length) + end;
    if (!(await slugTaken(db, slug, null))) return slug;
  }
  throw new Problem('conflict', `No slug is free for the heartbeat '${title}'.`);
}

const presentForTool = (row: HeartbeatRow, now: Date): ToolHeartbeat => ({
  name: row.tool?.name ?? row.slug,
  team: row.team,
  severity: row.severity,
  periodSeconds: 'period' in row.schedule ? row.schedule.period : null,
  paused: row.paused,
  expired: storedState(row, now) === 'down',
  lastPingAt: row.lastPingAt?.toISOString() ?? null,
  details: row.details,
});
