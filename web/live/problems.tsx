import type { Problem } from '../../src/kernel/ports/problem';
import { isOffline, requestIdOf } from '../ports';
import { parts } from '../text/parts';
import { refusal } from '../text/shell';
import { Button } from '../ui/button';
import { Banner } from '../ui/card';

/** The problem as a sentence. */
export function sentenceOf(problem: Problem): string {
  if (isOffline(problem)) return refusal.offline;
  if (problem.kind === 'internal' && requestIdOf(problem) !== null) return refusal.internal;
  return /[.!?]$/.test(problem.detail) ? problem.detail : `${problem.detail}.`;
}

/** The same with the request id, by which an operator finds the log line. */
export function fullSentenceOf(problem: Problem): string {
  const id = requestIdOf(problem);
  return id === null ? sentenceOf(problem) : `${sentenceOf(problem)} ${parts.request(id)}.`;
}

export const ProblemBanner = ({ problem, onAgain }: { problem: Problem; onAgain?: () => void }) => (
  <Banner
    tone="bad"
    action={
      onAgain && (
        <Button small onClick={onAgain}>
          {parts.tryAgain}
        </Button>
      )
    }
  >
    {fullSentenceOf(problem)}
  </Banner>
);
