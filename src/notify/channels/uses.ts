/** Counts the uses of a connection, so that it is closed once, after the last of them. */
export function usesOf(closeConnection: () => void) {
  let uses = 0;
  let retired = false;
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    closeConnection();
  };
  return {
    close,
    async during<T>(work: () => Promise<T>): Promise<T> {
      uses += 1;
      try {
        return await work();
      } finally {
        uses -= 1;
        if (retired && uses === 0) close();
      }
    },
    retire(): void {
      retired = true;
      if (uses === 0) close();
    },
  };
}
