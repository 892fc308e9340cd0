import { breather } from '../../kernel/http/listBody';
import type { Service } from '../../kernel/ports/contract';
import type { AlertsContract } from '../contract';
import type { RuleDraft } from '../contract/rules';
import { compileRule } from './compile';
import { type CompiledRule, decide, type Verdict } from './decide';
import type { RuleDeps } from './deps';
import { indexOf, type Subject } from './matcherIndex';
import { fieldsOf } from './ruleDraft';

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
    drafts === undefined ? [...stored.rules.items] : await compileDrafts(drafts),
    { service, severity, message, source, labels, integration },
    now,
  );
  const { droppedBy } = verdict;
  const muted = droppedBy === null ? decide(verdict.subject, { ...stored, rules: indexOf([]) }, now) : null;
  const { source: _, integration: __, ...fields } = verdict.subject;
  return {
    result: droppedBy !== null ? 'dropped' : muted?.mute ? 'muted' : 'incident',
    decision: [...verdict.decision, ...(muted?.decision ?? [])],
    ...fields,
  };
}

/** Rules of a draft have no ids; the place of each serves as one. */
async function compileDrafts(drafts: readonly RuleDraft[]): Promise<CompiledRule[]> {
  const breathe = breather();
  const compiled: CompiledRule[] = [];
  for (const [at, draft] of drafts.entries()) {
    const id = `00000000-0000-4000-8000-${String(at + 1).padStart(12, '0')}`;
    const rule = compileRule({ ...fieldsOf(draft, `rules.${at}.`), id });
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
    verdict = { ...next, decision: [...verdict.decision, ...next.decision] };
    if (next.droppedBy !== null || (rule.stop && next.decision.length > 0)) break;
    await breathe();
  }
  return verdict;
}
