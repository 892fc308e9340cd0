import { routing, happened as words } from '../text/incident';

/** Where an incident was routed, in the sentences of its timeline. */

type Detail = Record<string, unknown>;
interface Route {
  team: string | null;
  policy: string | null;
  by: { kind: keyof typeof routing.by; name: string } | null;
}

/** The route of a new incident and the rule because of which no one is paged; undefined without both. */
export function routedBecause({ route, not_paged_by: rule }: Detail): string | undefined {
  const { by = null, ...to } = (route ?? {}) as Partial<Route>;
  const { team = null, policy = null } = to;
  const routed = route === undefined ? [] : [routing.to({ team, policy }), by && routing.by[by.kind]?.(by.name)];
  const quiet = typeof rule === 'string' ? words.pagesNoOne(rule) : undefined;
  return [...routed, quiet].filter(Boolean).join('; ') || undefined;
}

/** What the route names that does not exist any more. */
export function missingIn({ missing_team: team, missing_policy: policy }: Detail): string | undefined {
  const said = [
    typeof team === 'string' ? words.missing.team(team) : undefined,
    typeof policy === 'string' ? words.missing.policy(policy) : undefined,
  ];
  return said.filter(Boolean).join('; ') || undefined;
}
