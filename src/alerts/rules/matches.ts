import { breather } from '../../kernel/http/listBody';
import type { Service } from '../../kernel/ports/contract';
import type { AlertsContract } from '../contract';
import { rawOf } from '../domain';
import { type AlertRow, newestBefore } from '../store/alerts';
import { compileRule } from './compile';
import { decide } from './decide';
import { subjectOf } from './decider';
import type { RuleDeps } from './deps';
import { indexOf } from './matcherIndex';
import { fieldsOf } from './ruleDraft';

type RulesMatches = Service<AlertsContract>['rulesMatches'];
type Match = Awaited<ReturnType<RulesMatches>>['alerts'][number];

/** Most alerts that are compared. */
const MOST_COMPARED = 20_000;
const CHUNK = 500;
const NO_ID = '00000000-0000-4000-8000-000000000000';
const NO_MUTES = indexOf([]);

/** The newest alerts that a rule matches, as their sources reported them. */
export async function rulesMatches(
  { db }: Pick<RuleDeps, 'db'>,
  { rule: draft, limit }: Parameters<RulesMatches>[0],
): ReturnType<RulesMatches> {
  const rules = indexOf([compileRule({ ...fieldsOf(draft, 'rule.'), id: NO_ID })]);
  const breathe = breather();
  const alerts: Match[] = [];
  let compared = 0;
  let last: AlertRow | null = null;
  while (alerts.length < limit && compared < MOST_COMPARED) {
    const rows: AlertRow[] = await newestBefore(db, last, CHUNK);
    for (const row of rows) {
      const { decision, subject } = decide(subjectOf(row), { rules, mutes: NO_MUTES }, row.created_at);
      const [entry] = decision;
      if (entry?.stage === 'rule') alerts.push(matchOf(row, entry.did, subject));
      compared++;
      last = row;
      await breathe();
      if (alerts.length === limit) break;
    }
    if (rows.length < CHUNK) break;
  }
  const more = last !== null && (await newestBefore(db, last, 1)).length > 0;
  return { alerts, compared, more };
}

const matchOf = (row: AlertRow, did: string, { service, severity, message, labels }: Match['after']): Match => ({
  ...{ id: row.id, created_at: row.created_at.toISOString(), status: row.status, incident_id: row.incident_id },
  ...rawOf(row),
  did,
  after: { service, severity, message, labels },
});
