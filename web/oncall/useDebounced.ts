import { useEffect, useState } from 'preact/hooks';

const QUIET_MS = 350;

/** A draft as it was when the hands last rested: what is worked out while one edits is asked for then, not at each key. */
export function useDebounced<T>(draft: T): T {
  const [settled, settle] = useState(draft);
  useEffect(() => {
    const timer = setTimeout(() => settle(draft), QUIET_MS);
    return () => clearTimeout(timer);
  }, [draft]);
  return settled;
}
