import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** The width of a drawing, for the words in it; measured again whenever it changes. */
export function useWidth(frame: RefObject<HTMLDivElement | null>, unmeasured: number): number {
  const [width, setWidth] = useState(unmeasured);
  useEffect(() => {
    const element = frame.current;
    if (element === null || typeof ResizeObserver === 'undefined') return;
    const observer = new ResizeObserver(([entry]) => {
      const measured = entry?.contentRect.width ?? 0;
      if (measured > 0) setWidth(measured);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
  return width;
}
