import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/** The frame of a page: its title in the tab, its heading, and the focus after a navigation. */

/** Whether the page has unsaved changes; checked before each navigation. */
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

/** Set by the shell after a navigation: the next heading takes the focus, so that screen readers read it. */
export const arriving = signal(false);

export function usePageTitle(title: string): void {
  useLayoutEffect(() => {
    document.title = `${title} · Tocsin`;
  }, [title]);
}

export interface PageProps {
  /** The title in the browser's tab; without it the heading. */
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

/** The main action of the page, within reach of a thumb. */
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
