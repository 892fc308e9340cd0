import { useEffect } from 'preact/hooks';

/** Focuses the field that the link to this page names; null for none. */
export function useFocused(name: string | null): void {
  useEffect(() => {
    if (name === null) return;
    const field = document.querySelector<HTMLElement>(`[name="${CSS.escape(name)}"]`);
    field?.focus();
    field?.scrollIntoView?.({ block: 'center' });
  }, [name]);
}
