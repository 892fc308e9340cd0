import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/** A page's frame: its title in the tab, its heading, and where focus goes when one comes to it. */

/** Whether something here was changed and not saved; asked before anything leads away. */
const unsaved = new Set<symbol>();
export const hasUnsaved = (): boolean => unsaved.size > 0;
export const forgetUnsaved = (): void => unsaved.clear();

export function useUnsavedGuard(changed: boolean): void {
  useEffect(() => {
    if (!changed) return undefined;
    const mark = Symbol('unsaved');
    unsaved.add(mark);
    return () => void unsaved.delete(mark);
  }, [changed]);
}

/** Set by the shell after a navigation: the next heading takes the focus, so that readers hear where they are. */
export const arriving = signal(false);

export function usePageTitle(title: string): void {
  useLayoutEffect(() => {
    document.title = `${title} · Tocsin`;
  }, [title]);
}

export interface PageProps {
  /** In the browser's tab; the heading, unless another is given. */
  title: string;
  heading?: ComponentChildren;
  above?: ComponentChildren;
  below?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

export function Page({ title, heading, above, below, actions, children }: PageProps) {
  usePageTitle(title);
  const top = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!arriving.peek()) return;
    arriving.value = false;
    top.current?.focus({ preventScroll: true });
  }, []);
  return (
    <>
      <div class="head">
        <div class="stack tight">
          {above}
          <h1 tabIndex={-1} ref={top}>
            {heading ?? title}
          </h1>
          {below}
        </div>
        {actions}
      </div>
      {children}
    </>
  );
}

/** The page's main action where a thumb reaches it. */
export const Dock = ({ label, children }: { label: string; children: ComponentChildren }) => {
  useEffect(() => {
    document.body.classList.add('docked');
    return () => document.body.classList.remove('docked');
  }, []);
  return (
    <div class="dock narrow" role="region" aria-label={label}>
      {children}
    </div>
  );
};
