import { useEffect, useState } from 'preact/hooks';
import type { Problem } from '../../../src/kernel/ports/problem';
import { type Ports, ports, problemOf } from '../../ports';
import { type Draft, mappingOf } from './paths';

export type Preview = Awaited<ReturnType<Ports['alerts']['previewMapping']>>;

/** Milliseconds without a change after which the server is asked. */
const PAUSE_MS = 350;

/** What the server reads from the latest payload by a draft; the last answer is kept while the next one is on its way. */
export function usePreview(id: string, draft: Draft, sampleAt: string | undefined) {
  const [preview, setPreview] = useState<Preview | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const asked = JSON.stringify(mappingOf(draft));
  useEffect(() => {
    if (sampleAt === undefined) return undefined;
    let current = true;
    const ask = async (): Promise<void> => {
      try {
        const answer = await ports.alerts.previewMapping({ id, mapping: JSON.parse(asked) });
        if (!current) return;
        setPreview(answer);
        setProblem(null);
      } catch (error) {
        if (current) setProblem(problemOf(error));
      }
    };
    const timer = setTimeout(() => void ask(), PAUSE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [id, asked, sampleAt]);
  return { preview, problem };
}
