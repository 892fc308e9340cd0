import { useEffect, useState } from 'preact/hooks';

const QUIET_MS = 350;

/** A debounced copy of a draft: the preview is requested after the last change instead of at each key. */
export function useDebounced<T>(draft: T): T {
  const [settled, settle] = useState(draft);
  useEffect(() => {
    const timer = setTimeout(() => settle(draft), QUIET_MS);
    return () => clearTimeout(timer);
  }, [draft]);
  return settled;
}
