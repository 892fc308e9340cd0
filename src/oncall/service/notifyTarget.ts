import type { Db } from '../../kernel/db/pool';
import type { Caller, Port } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { Email } from '../../kernel/ports/values';
import type { NotifyContract, Target } from '../../notify/contract';
import type { StepTarget } from '../domain/policy';
import { keyOf } from '../domain/rotation';
import type { Escalation, NotifiedRow } from '../store/escalations';
import { zonesOf } from '../store/registry';

/**
 * The target of a notification. A member may have any text as e-mail address; if it is not a valid one, notify gets
 * only the name. The time zone is that of the person, else of the schedule.
 */
export function targetOf(target: StepTarget, zones: ReadonlyMap<string, string> = new Map()): Target {
  if (target.kind === 'room') return { kind: 'room', address: target.address };
  const email = Email.safeParse(target.email).data ?? null;
  const time_zone = zones.get(keyOf(target)) ?? target.time_zone;
  return { kind: 'person', name: target.name, email, ...(time_zone !== undefined && { time_zone }) };
}

/** The time zones that the people of some targets chose, by address, if quiet hours can hold a page of this severity. */
export async function zonesFor(
  db: Db,
  targets: readonly StepTarget[],
  severity: string | null,
): Promise<Map<string, string>> {
  const people = targets.flatMap((target) => (target.kind === 'person' ? keyOf(target) : []));
  return isDeferrable(severity) && people.length > 0 ? zonesOf(db, people) : new Map();
}

type Notify = Port<NotifyContract>;
type Command = Parameters<Notify['tell']>[0];
type Notified = Awaited<ReturnType<Notify['tell']>>['told'];
type WouldTell = Parameters<Notify['wouldTell']>[0];

/** A row of a preview. Its channel is `unknown` if notify did not answer. */
type Previewed = Omit<Awaited<ReturnType<Notify['wouldTell']>>['told'][number], 'channel'> & {
  channel: string;
  reach_unknown?: true;
};
/** The part of notify that previews need. */
export interface Previewer {
  wouldTell(asked: WouldTell, caller: Caller): Promise<{ told: Previewed[] }>;
}

/** The most targets that notify accepts in one command, and in one query. */
export const TOLD_AT_ONCE = 500;
const ASKED_AT_ONCE = 5_000;

/**
 * Notifies any number of targets. If they need several commands, rooms and the fallback are in the first. Each command
 * has its own key, so that a repeat notifies no one twice. The result is in the order of the targets.
 */
export async function notifyAll(
  notify: Pick<Notify, 'tell'>,
  { to, key, ...command }: Command,
  caller: Caller,
): Promise<Notified> {
  const order = to.length > TOLD_AT_ONCE ? roomsFirst(to) : [...to.keys()];
  const rows: Notified = [];
  for (const [n, places] of chunksOf(order, TOLD_AT_ONCE).entries()) {
    const part = places.map((place) => to[place] as Target);
    const { told } = await notify.tell({ ...command, key: n === 0 ? key : `${key}#${n}`, to: part }, caller);
    rows.push(...told.map((row) => ({ ...row, to: places[row.to] as number })));
  }
  return rows.sort((a, b) => a.to - b.to);
}

/** The channels by which all targets would be notified, in their order. */
export async function previewAll(
  notify: Previewer,
  targets: readonly StepTarget[],
  caller: Caller,
  /** Decides the rules of people and their quiet hours. */
  { zones, ...page }: { severity?: string; at?: string; zones?: ReadonlyMap<string, string> } = {},
): Promise<Previewed[]> {
  const rows: Previewed[] = [];
  for (const [n, part] of chunksOf(targets, ASKED_AT_ONCE).entries()) {
    const { told } = await notify.wouldTell({ to: part.map((target) => targetOf(target, zones)), ...page }, caller);
    rows.push(...told.map((row) => ({ ...row, to: row.to + n * ASKED_AT_ONCE })));
  }
  return rows;
}

/** Notify for a preview that is useful without its answer: then it is unknown how the targets are reached. */
export const withUnknownReach = (notify: Previewer, isAsked: boolean): Previewer => ({
  async wouldTell(asked, caller) {
    const unknown = () => ({ told: asked.to.map(unknownReach) });
    if (!isAsked) return unknown();
    return notify.wouldTell(asked, caller).catch((error: unknown) => {
      if (error instanceof Problem && error.kind === 'unavailable') return unknown();
      throw error;
    });
  },
});

const unknownReach = (target: Target, to: number): Previewed => ({
  ...{ to, channel: 'unknown', reachable: false, reach_unknown: true },
  recipient: (target.kind === 'room' ? target.address : target.email) ?? '',
});

/** Why a step waits whose people are all held by their quiet hours. */
export const QUIET_HOURS = 'quiet_hours';

/** Whether quiet hours can hold pages of a severity. */
export const isDeferrable = (severity: string | null): boolean => severity === 'medium' || severity === 'low';

/** The first end of quiet hours if they hold every page to a person; null if one was sent, or none is held. */
export function heldUntil(
  told: readonly { role: string; reachable: boolean; held_until?: string | undefined }[],
): string | null {
  const pages = told.filter(({ role, reachable }) => role !== 'room' && reachable);
  const ends = pages.flatMap(({ held_until }) => held_until ?? []).sort();
  return ends.length === pages.length ? (ends[0] ?? null) : null;
}

/** Quiet hours of all people of a step defer it, as support hours do. */
export function heldAnswer(
  { wait_until = null }: Escalation['answer'],
  told: Parameters<typeof heldUntil>[0],
): { wait_until: string | null; why?: string } {
  const held = wait_until === null ? heldUntil(told) : null;
  return held === null ? { wait_until } : { wait_until: held, why: QUIET_HOURS };
}

/** The row of a target with the words of notify about it. */
export const notifiedRow = <T extends Pick<NotifiedRow, 'channel' | 'recipient'>>(target: StepTarget, told: T) =>
  target.kind === 'room'
    ? { name: `${told.channel}:${told.recipient}`, email: null, role: target.role, ...told }
    : { name: target.name, email: target.email, role: target.role, ...told };

/** The positions of the targets with rooms first; the order within one command does not matter. */
const roomsFirst = (to: readonly Target[]): number[] =>
  [...to.keys()].sort((a, b) => Number(to[a]?.kind !== 'room') - Number(to[b]?.kind !== 'room'));

const chunksOf = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size));
