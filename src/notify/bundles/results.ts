import { type AnswerResult, combinedResult } from '../contract';

/** Results of an answer to a bundle. Pure. */

const PART = '/bundle/';

/** The id of the answer to one incident of a bundle. */
export const bundledAnswerId = (answerId: string, incidentId: string): string => `${answerId}${PART}${incidentId}`;

/** The results as channels word them: those of one answer to a bundle are one result. */
export function shownResults(results: readonly (AnswerResult & { answer_id: string })[]): AnswerResult[] {
  const byAnswer = new Map<string, AnswerResult[]>();
  for (const { answer_id, ...result } of results) {
    const [answer] = answer_id.split(PART, 1) as [string];
    byAnswer.set(answer, [...(byAnswer.get(answer) ?? []), result]);
  }
  return [...byAnswer.values()].map(combinedResult);
}
