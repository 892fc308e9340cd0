import { breather } from '../../kernel/http/listBody';
import type { Service } from '../../kernel/ports/contract';
import type { AlertsContract } from '../contract';
import type { HoldEntry } from '../contract/holds';
import type { RuleDraft } from '../contract/rules';
import { conditionOf } from '../domain/fingerprint';
import type { Grace } from '../domain/grace';
import { judgeHold } from '../domain/holds';
import { compileRule } from './compile';
import { type CompiledRule, decide, type Verdict } from './decide';
import type { RuleDeps } from './deps';
import { groupKeyOf, groupText } from './groupKey';
import { indexOf, type Subject } from './matcherIndex';
import { NO_ROUTE } from './route';
import { fieldsOf } from './ruleDraft';
import { plansTogether, reportHold, withGrace } from './ruleHolds';

type TestRules = Service<AlertsContract>['testRules'];

/** Runs the stored or other rules on a report, one by one, so that a long list does not delay other requests. */
export async function testRules(
  { clock, configuration }: RuleDeps,
  { report, integration, rules: drafts, at }: Parameters<TestRules>[0],
): ReturnType<TestRules> {
  const stored = await configuration.refreshed();
  const now = at === undefined ? clock.now() : new Date(at);
  const { service, severity, message, source, labels } = report;
  const verdict = await runInTurns(
    drafts === undefined ? [...stored.rules.items] : await compileDrafts(drafts, 'rules'),
    { service, severity, message, source, labels, integration },
    now,
  );
  const { droppedBy } = verdict;
  const muted = droppedBy === null ? decide(verdict.subject, { ...stored, rules: indexOf([]) }, now) : null;
  const fingerprint = conditionOf(report, { actor: integration, integrationId: null });
  const held = muted !== null && !muted.mute ? entriesOfHold(verdict, muted.hold?.grace, fingerprint, now) : [];
  const { source: _, integration: __, route: ___, ...fields } = verdict.subject;
  return {
    result: droppedBy !== null ? 'dropped' : muted?.mute ? 'muted' : held.length > 0 ? 'held' : 'incident',
    decision: [...verdict.decision, ...(muted?.decision ?? []), ...held],
    ...fields,
    ...routeShown(muted?.subject ?? verdict.subject, fingerprint),
  };
}

/** The route of a report, as the test of rules shows it. */
function routeShown(subject: Subject, fingerprint: string) {
  const { team, policy, window_minutes, not_paged_by, room } = subject.route ?? NO_ROUTE;
  const group_key = groupText(groupKeyOf(subject, fingerprint), subject);
  return { team, policy, group_key, window_minutes, page: not_paged_by === null, room };
}

/** The hold of the first report of its alert and its group. */
function entriesOfHold(verdict: Verdict, grace: Grace | undefined, fingerprint: string, now: Date): HoldEntry[] {
  const hold = reportHold({ ...verdict, hold: withGrace(verdict.hold, grace) }, fingerprint, 0);
  if (hold === null) return [];
  const first = { events: [[now.getTime(), 1] as const], reachedAt: null };
  return judgeHold(hold, first, { fired: now, delayed: now }, now).entries;
}

/**
 * Compiles a draft. Its rules have no ids; the place of each serves as one.
 * @throws Problem `invalid` that names the rule by its place in `field`
 */
export async function compileDrafts(drafts: readonly RuleDraft[], field: string): Promise<CompiledRule[]> {
  const breathe = breather();
  const compiled: CompiledRule[] = [];
  for (const [at, draft] of drafts.entries()) {
    const id = `00000000-0000-4000-8000-${String(at + 1).padStart(12, '0')}`;
    const rule = compileRule({ ...fieldsOf(draft, `${field}.${at}.`), id });
    if (draft.enabled) compiled.push(rule);
    await breathe();
  }
  return compiled;
}

async function runInTurns(rules: readonly CompiledRule[], subject: Subject, now: Date): Promise<Verdict> {
  const breathe = breather();
  let verdict: Verdict = { subject, decision: [], mute: null, droppedBy: null };
  for (const rule of rules) {
    const next = decide(verdict.subject, { rules: indexOf([rule]), mutes: indexOf([]) }, now);
    const hold = plansTogether(verdict.hold, next.hold);
    verdict = { ...next, decision: [...verdict.decision, ...next.decision], hold };
    if (next.droppedBy !== null || (rule.stop && next.decision.length > 0)) break;
    await breathe();
  }
  return verdict;
}
