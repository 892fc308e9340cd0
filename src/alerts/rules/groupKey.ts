import { hash } from 'node:crypto';
import type { Severity } from '../../kernel/ports/values';
import { type Subject, valueIn } from './matcherIndex';
import type { Route } from './route';

/** Group keys: alerts of one key share an incident. */

export interface GroupKey {
  /**
   * Of what the alerts have in common, their team and policy, and the rule that groups them. Null: alerts without a route
   * are grouped by service and severity. It begins with capital letters, so that no service has this name.
   */
  key: string | null;
  /** Alerts of each severity have an incident of their own. */
  by_severity: boolean;
  /**
   * Services with different owners have incidents of their own, because no team is set: an alert must not hide in the
   * incident of another team. The owner is known when the alert is attached.
   */
  per_owner: boolean;
}

const SERVICE_AND_SEVERITY: GroupKey = { key: null, by_severity: true, per_owner: false };

/** The group of a report after all rules. */
export function groupKeyOf(subject: Subject, fingerprint: string): GroupKey {
  const { route } = subject;
  if (route === undefined) return SERVICE_AND_SEVERITY;
  const { team, policy, grouping } = route;
  if (grouping === null && team === null && policy === null) return SERVICE_AND_SEVERITY;
  const common = commonOf(subject, grouping, fingerprint);
  return {
    key: `KEY:${hash('sha256', JSON.stringify([common, team, policy, grouping?.rule ?? null]))}`,
    by_severity: grouping === null,
    per_owner: team === null && (grouping?.by.kind === 'labels' || grouping?.by.kind === 'rule'),
  };
}

/** What the alerts of a group have in common. An absent label counts as empty. */
function commonOf(subject: Subject, grouping: Route['grouping'], fingerprint: string): string[] {
  const by = grouping?.by ?? { kind: 'service' };
  switch (by.kind) {
    case 'labels':
      return ['labels', ...by.labels.flatMap((name) => [name, valueIn(subject, name)])];
    case 'fingerprint':
      return ['fingerprint', fingerprint];
    case 'service':
      return ['service', subject.service];
    case 'rule':
      return ['rule'];
  }
}

/**
 * The group as one text, to count or to remember by.
 * @param severity the one that counts for the alert: the one it rose to, else its own
 */
export const groupText = (
  { key, by_severity }: Pick<GroupKey, 'key' | 'by_severity'>,
  { service, severity }: { service: string; severity: Severity },
): string => `${by_severity ? severity : ''}|${key ?? service}`;
