import type { Caller, Port } from '../../kernel/ports/contract';
import { Email } from '../../kernel/ports/values';
import type { NotifyContract, Target } from '../../notify/contract';
import type { StepTarget } from '../domain/policy';

/**
 * The target of a notification. A member may have any text as e-mail address; if it is not a valid one, notify gets
 * only the name.
 */
export function targetOf(target: StepTarget): Target {
  if (target.kind === 'room') return { kind: 'room', address: target.address };
  return { kind: 'person', name: target.name, email: Email.safeParse(target.email).data ?? null };
}

type Notify = Port<NotifyContract>;
type Command = Parameters<Notify['tell']>[0];
type Notified = Awaited<ReturnType<Notify['tell']>>['told'];
type WouldTell = Awaited<ReturnType<Notify['wouldTell']>>['told'];

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
  notify: Pick<Notify, 'wouldTell'>,
  targets: readonly StepTarget[],
  caller: Caller,
  /** Decides the rules of people and their quiet hours. */
  page: { severity?: string; at?: string } = {},
): Promise<WouldTell> {
  const rows: WouldTell = [];
  for (const [n, part] of chunksOf(targets, ASKED_AT_ONCE).entries()) {
    const { told } = await notify.wouldTell({ to: part.map(targetOf), ...page }, caller);
    rows.push(...told.map((row) => ({ ...row, to: row.to + n * ASKED_AT_ONCE })));
  }
  return rows;
}

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

/** The positions of the targets with rooms first; the order within one command does not matter. */
const roomsFirst = (to: readonly Target[]): number[] =>
  [...to.keys()].sort((a, b) => Number(to[a]?.kind !== 'room') - Number(to[b]?.kind !== 'room'));

const chunksOf = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size));
