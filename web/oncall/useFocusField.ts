import { useEffect } from 'preact/hooks';

/** Whoever was led here for one field finds it under their hands. Null leads to none. */
export function useFocused(name: string | null): void {
  useEffect(() => {
    if (name === null) return;
    const field = document.querySelector<HTMLElement>(`[name="${CSS.escape(name)}"]`);
    field?.focus();
    field?.scrollIntoView?.({ block: 'center' });
  }, [name]);
}
