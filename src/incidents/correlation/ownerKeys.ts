import { hash } from 'node:crypto';
import type { Caller } from '../../kernel/ports/contract';
import { SERVICES_AT_ONCE } from '../../kernel/ports/values';
import type { AlertSnapshot } from '../contract';
import type { Deps } from '../deps';
import { soon } from '../escalation/responders';

/** Keys of groups over several services: services with different owners have incidents of their own. */

/**
 * Adds the owner of its service to the key of each alert that has no team. If oncall does not answer in time, the service
 * counts as its owner, which can open more incidents than needed, but hides no alert in the incident of another team.
 */
export async function withOwners<A extends Pick<AlertSnapshot, 'service' | 'routing'>>(
  { oncall, log }: Pick<Deps, 'oncall' | 'log'>,
  alerts: readonly A[],
  caller: Caller,
): Promise<readonly A[]> {
  const services = new Set(alerts.flatMap(({ service, routing }) => (routing?.per_owner === true ? service : [])));
  if (services.size === 0) return alerts;
  const asked = [...services].slice(0, SERVICES_AT_ONCE);
  const answer = await soon(log, oncall.owners({ services: asked }, caller));
  const teams = new Map((answer?.owners ?? []).map(({ service, team }) => [service, team]));
  const ownerOf = (service: string): string[] => {
    const team = teams.get(service);
    return team === undefined ? ['service', service] : ['team', team ?? ''];
  };
  return alerts.map((alert) => {
    const { routing, service } = alert;
    if (routing?.per_owner !== true || routing.key === null) return alert;
    const key = `KEY:${hash('sha256', JSON.stringify([routing.key, ...ownerOf(service)]))}`;
    return { ...alert, routing: { ...routing, key } };
  });
}
