import type { Caller, Service } from '../../kernel/ports/contract';
import type { GatewayContract } from '../contract';
import type { Neighbours } from '../deps';

type Guide = Awaited<ReturnType<Service<GatewayContract>['guide']>>;
type WithDeadline = <T>(asked: Promise<T>) => Promise<T>;

/** The set-up steps of this installation, as they are for the caller. A step is null if its module does not answer. */
export async function guideOf(ports: Neighbours, caller: Caller, withDeadline: WithDeadline): Promise<Guide> {
  const orNull = <T>(asked: Promise<T>): Promise<T | null> => withDeadline(asked).catch(() => null);
  const [tool, schedule, reach, test] = await Promise.all([
    orNull(toolOf(ports, caller)),
    orNull(scheduleOf(ports, caller)),
    orNull(reachOf(ports, caller)),
    orNull(testOf(ports, caller)),
  ]);
  return { tool, schedule, reach, test };
}

async function toolOf({ alerts }: Neighbours, caller: Caller): Promise<Guide['tool']> {
  const { integrations } = await alerts.listIntegrations({}, caller);
  const active = integrations.filter(({ revoked_at }) => revoked_at === null);
  const seen = active.find(({ last_seen_at }) => last_seen_at !== null);
  return { done: seen !== undefined, name: seen?.name ?? null, waiting: seen === undefined && active.length > 0 };
}

async function scheduleOf({ oncall }: Neighbours, caller: Caller): Promise<Guide['schedule']> {
  const { length } = await oncall.teams({}, caller);
  return { done: length > 0, schedules: length };
}

/**
 * Asks notify for the channel and address of a page to the caller, because only notify knows its channels. Done means proven:
 * a contact method was verified, or delivered, or its owner answered by it. An address that was never tried proves nothing.
 */
async function reachOf({ notify }: Neighbours, caller: Caller): Promise<Guide['reach']> {
  const person = { kind: 'person' as const, name: caller.actor, email: caller.email };
  const [{ told }, { channels }, proven] = await Promise.all([
    notify.wouldTell({ to: [person] }, caller),
    notify.channels({}, caller),
    isProven(notify, caller),
  ]);
  const reached = told.find(({ reachable }) => reachable);
  const configured = channels.filter((channel) => channel.configured && channel.reaches);
  return {
    done: proven,
    email: caller.email,
    channel: reached?.channel ?? null,
    recipient: reached?.recipient ?? null,
    configured: configured.map(({ channel }) => channel),
    missing: [
      ...(caller.email === null ? (['address'] as const) : []),
      ...(reached === undefined && !configured.some(({ for_people }) => for_people) ? (['channel'] as const) : []),
      ...(proven ? [] : (['method'] as const)),
    ],
  };
}

async function isProven(notify: Neighbours['notify'], caller: Caller): Promise<boolean> {
  if (caller.email === null) return false;
  const { people } = await notify.reachability({ people: caller.email }, caller);
  return people.some(({ methods }) => methods.some(({ usable, last_proof_at }) => usable && last_proof_at !== null));
}

async function testOf({ alerts }: Neighbours, caller: Caller): Promise<Guide['test']> {
  return { done: (await alerts.stats({}, caller)).total > 0 };
}
