import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** The width of the drawing in its own pixels (a wall display zooms the page), measured at each change of size. */
export function useWidth(frame: RefObject<HTMLDivElement | null>, unmeasured: number): number {
  const [width, setWidth] = useState(unmeasured);
  useEffect(() => {
    const element = frame.current;
    if (element === null || typeof ResizeObserver === 'undefined') return;
    const observer = new ResizeObserver(([entry]) => {
      const measured = (entry?.contentRect.width ?? 0) / zoomOf(element.querySelector('svg'));
      if (measured > 0) setWidth(measured);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
  return width;
}

/** How much larger the drawing is shown than its own height. */
function zoomOf(drawing: SVGElement | null): number {
  const said = Number(drawing?.getAttribute('height'));
  const shown = drawing?.getBoundingClientRect().height ?? 0;
  return said > 0 && shown > 0 ? shown / said : 1;
}
