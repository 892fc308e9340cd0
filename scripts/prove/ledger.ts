/**
 * The ledger compares the input of a run with its results. It is pure. A line has **faults** if something was lost,
 * duplicated or wrong; a run without faults has lost nothing.
 */

import { linesOfAlerts } from './ledger/alerts';
import { linesOfAnswers } from './ledger/answers';
import type { Facts, Line } from './ledger/facts';
import { linesOfIncidents } from './ledger/incidents';
import { linesOfPages } from './ledger/pages';
import { linesOfPromises } from './ledger/promises';
import { linesOfTimelines } from './ledger/timelines';

export function ledgerOf(facts: Facts): Line[] {
  return [
    ...linesOfAlerts(facts),
    ...linesOfIncidents(facts),
    ...linesOfPages(facts),
    ...linesOfTimelines(facts),
    ...linesOfPromises(facts),
    ...(facts.answers ? linesOfAnswers(facts.tables, facts.answers) : []),
  ];
}
