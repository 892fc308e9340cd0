/**
 * The ledger compares the input of a run with its results. It is pure. A line has **faults** if something was lost,
 * duplicated or wrong; a run without faults has lost nothing.
 */

import { linesOfAlerts } from './ledger/alerts';
import { linesOfAnswers } from './ledger/answers';
import { linesOfEndings } from './ledger/endings';
import { linesOfHolds } from './ledger/holds';
import { linesOfIncidents } from './ledger/incidents';
import type { LedgerInput, Line } from './ledger/input';
import { linesOfJobs } from './ledger/jobs';
import { linesOfPages } from './ledger/pages';
import { linesOfTimelines } from './ledger/timelines';

export function ledgerOf(facts: LedgerInput): Line[] {
  return [
    ...linesOfAlerts(facts),
    ...linesOfHolds(facts),
    ...linesOfIncidents(facts),
    ...linesOfPages(facts),
    ...linesOfEndings(facts),
    ...linesOfTimelines(facts),
    ...linesOfJobs(facts),
    ...(facts.answers ? linesOfAnswers(facts.tables, facts.answers) : []),
  ];
}
