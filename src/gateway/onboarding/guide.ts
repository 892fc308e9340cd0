import type { Caller, Service } from '../../kernel/ports/contract';
import type { GatewayContract } from '../contract';
import type { Neighbours } from '../deps';

type Guide = Awaited<ReturnType<Service<GatewayContract>['guide']>>;
type Soon = <T>(asked: Promise<T>) => Promise<T>;

/** How far this house is set up, for whoever asks; each step by itself, so that one silent module hides no other's. */
export async function guideOf(ports: Neighbours, caller: Caller, soon: Soon): Promise<Guide> {
  const known = <T>(asked: Promise<T>): Promise<T | null> => soon(asked).catch(() => null);
  const [tool, schedule, reach, test] = await Promise.all([
    known(toolOf(ports, caller)),
    known(scheduleOf(ports, caller)),
    known(reachOf(ports, caller)),
    known(testOf(ports, caller)),
  ]);
  return { tool, schedule, reach, test };
}

async function toolOf({ alerts }: Neighbours, caller: Caller): Promise<Guide['tool']> {
  const { integrations } = await alerts.listIntegrations({}, caller);
  const living = integrations.filter(({ revoked_at }) => revoked_at === null);
  const heard = living.find(({ last_seen_at }) => last_seen_at !== null);
  return { done: heard !== undefined, name: heard?.name ?? null, waiting: heard === undefined && living.length > 0 };
}

async function scheduleOf({ oncall }: Neighbours, caller: Caller): Promise<Guide['schedule']> {
  const { length } = await oncall.teams({}, caller);
  return { done: length > 0, schedules: length };
}

/** Asks notify where a page to the caller would go, which is the only true answer. */
async function reachOf({ notify }: Neighbours, caller: Caller): Promise<Guide['reach']> {
  const person = { kind: 'person' as const, name: caller.actor, email: caller.email };
  const [{ told }, { channels }] = await Promise.all([
    notify.wouldTell({ to: [person] }, caller),
    notify.channels({}, caller),
  ]);
  const reached = told.find(({ reachable }) => reachable);
  const configured = channels.filter((channel) => channel.configured && channel.reaches);
  return {
    done: reached !== undefined,
    email: caller.email,
    channel: reached?.channel ?? null,
    recipient: reached?.recipient ?? null,
    configured: configured.map(({ channel }) => channel),
    missing: [
      ...(caller.email === null ? (['address'] as const) : []),
      ...(reached === undefined && !configured.some(({ for_people }) => for_people) ? (['channel'] as const) : []),
    ],
  };
}

async function testOf({ alerts }: Neighbours, caller: Caller): Promise<Guide['test']> {
  return { done: (await alerts.stats({}, caller)).total > 0 };
}
