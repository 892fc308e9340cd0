import { hash, randomUUID } from 'node:crypto';
import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import { type Db, withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller, Service } from '../../kernel/ports/contract';
import { requireCurrent } from '../../kernel/ports/ifMatch';
import { invalid, Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { AlertsContract, AlertsEvent, Rule } from '../contract';
import { MOST_RULES } from '../contract/rules';
import { releaseHeldJob, ruleHoursJob } from '../holds/jobs';
import { changeConfiguration } from '../store/mutes';
import { allRules, deleteRule, insertRule, orderRules, type RuleRow, ruleOf, updateRule } from '../store/rules';
import type { RuleDeps } from './deps';
import { matcherText } from './matcher';
import { rulesMatches } from './matches';
import { fieldsOf } from './ruleDraft';
import { testRules } from './testRules';

type RuleOperations = Pick<
  Service<AlertsContract>,
  'listRules' | 'createRule' | 'updateRule' | 'deleteRule' | 'orderRules' | 'testRules' | 'rulesMatches'
>;

/** Operations of the list of rules. */
export function rules(deps: RuleDeps): RuleOperations {
  const { db, clock, configuration } = deps;

  /** Runs a change of the list; it is in force in this process when it resolves. */
  async function change(work: (trx: Db, now: Date) => Promise<NewEvent<AlertsEvent>>, caller: Caller): Promise<void> {
    await withRetry(db, async (trx) => {
      await changeConfiguration(trx);
      const now = clock.now();
      await record(trx, [await work(trx, now)], caller);
      // A held alert can wait for a rule that no longer holds it.
      await enqueue(trx, now, [releaseHeldJob({}), ruleHoursJob()]);
    });
    await configuration.refreshed();
  }

  async function shown(id: string): Promise<Rule> {
    const row = await ruleOf(db, id);
    if (row === undefined) throw notFound();
    return presentRule(row);
  }

  return {
    listRules: async () => presentList(await allRules(db)),

    async createRule(draft, caller) {
      const fields = fieldsOf(draft, '');
      const id = randomUUID();
      await change(async (trx, now) => {
        if ((await allRules(trx)).length >= MOST_RULES) {
          throw new Problem('conflict', `There are already ${MOST_RULES} rules. Delete some first.`);
        }
        const by = { created_at: now, created_by: caller.actor, updated_at: now, updated_by: caller.actor };
        await insertRule(trx, { id, ...fields, ...by });
        return event('rule_created', { id, name: draft.name }, caller, now);
      }, caller);
      return shown(id);
    },

    async updateRule({ id: text, if_match, ...draft }, caller) {
      const fields = fieldsOf(draft, '');
      const id = knownId(text);
      await change(async (trx, now) => {
        const before = await ruleOf(trx, id);
        if (before === undefined) throw notFound();
        requireCurrent(if_match, before.updated_at.toISOString());
        const by = { updated_at: now, updated_by: caller.actor };
        await updateRule(trx, { id, ...fields, ...by });
        return event('rule_updated', { id, name: draft.name }, caller, now);
      }, caller);
      return shown(id);
    },

    async deleteRule({ id: text }, caller) {
      const { id, name } = await shown(knownId(text));
      await change(async (trx, now) => {
        if ((await deleteRule(trx, id)) === 0) throw notFound();
        return event('rule_deleted', { id, name }, caller, now);
      }, caller);
      return { id };
    },

    async orderRules({ ids, if_match }, caller) {
      await change(async (trx, now) => {
        const rows = await allRules(trx);
        requireCurrent(if_match, versionOf(rows));
        requireSame(
          ids,
          rows.map(({ id }) => id),
        );
        await orderRules(trx, ids);
        return event('rules_reordered', { id: ids[0] as string, name: `${ids.length} rules` }, caller, now);
      }, caller);
      return presentList(await allRules(db));
    },

    testRules: (input) => testRules(deps, input),
    rulesMatches: (input) => rulesMatches(deps, input),
  };
}

const notFound = (): Problem => new Problem('not-found', 'Rule not found');

function knownId(text: string): string {
  const id = idOf(text);
  if (id === null) throw notFound();
  return id;
}

/** @throws Problem `invalid` unless the ids are those of all rules */
function requireSame(given: readonly string[], known: readonly string[]): void {
  const wanted = new Set(given);
  if (wanted.size === given.length && wanted.size === known.length && known.every((id) => wanted.has(id))) return;
  throw invalid([{ path: 'ids', message: 'Must hold the id of every rule once' }]);
}

/** Changes with the order and with every rule. */
const versionOf = (rows: readonly RuleRow[]): string =>
  hash('sha256', rows.map(({ id, updated_at }) => `${id} ${updated_at.getTime()}`).join()).slice(0, 16);

const presentList = async (rows: readonly RuleRow[]) => ({
  version: versionOf(rows),
  rules: await inSlices(mapSteps(rows, presentRule)),
});

const presentRule = (row: RuleRow): Rule => ({
  id: row.id,
  name: row.name,
  enabled: row.enabled,
  when: row.matchers.map(matcherText),
  during: row.during,
  then: row.actions,
  stop: row.stop,
  created_at: row.created_at.toISOString(),
  created_by: row.created_by,
  updated_at: row.updated_at.toISOString(),
  updated_by: row.updated_by,
  dropped: row.dropped,
});

const event = (
  kind: AlertsEvent,
  { id, name }: { id: string; name: string },
  { actor }: Caller,
  at: Date,
): NewEvent<AlertsEvent> => ({ kind, subject: id, actor, data: { name }, at });
