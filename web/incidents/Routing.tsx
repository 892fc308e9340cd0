import type { Incident } from '../../src/incidents/contract';
import { routing as words } from '../text/incident';
import { Banner } from '../ui/card';

/** Says that no one is paged, and why. */
export const NotPaged = ({ of }: { of: Incident }) =>
  of.not_paged_by === null || of.status === 'resolved' ? null : (
    <Banner tone="warn">{words.notPaged(of.not_paged_by)}</Banner>
  );

/** The fact where a rule or the source routed the incident; none without a route. */
export function routedFacts({ routing }: Incident): [string, string][] {
  if (routing === null) return [];
  const by = routing.by && words.by[routing.by.kind](routing.by.name);
  return [[words.title, [words.to(routing), by].filter(Boolean).join('. ')]];
}
