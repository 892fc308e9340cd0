/** The deadlines of outgoing requests, which never pass by themselves while they are held. */
export interface HeldDeadlines {
  /** Ends every deadline that was set so far. */
  pass(): void;
  /** Gives `AbortSignal.timeout` back. */
  release(): void;
}

/** Holds every `AbortSignal.timeout` of this test file, so that a time-out happens in a known phase and needs no waiting. */
export function holdDeadlines(): HeldDeadlines {
  let open: AbortController[] = [];
  const spy = jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
    const controller = new AbortController();
    open.push(controller);
    return controller.signal;
  });
  return {
    pass() {
      const passed = open;
      open = [];
      for (const controller of passed) controller.abort(new DOMException('The deadline has passed', 'TimeoutError'));
    },
    release: () => spy.mockRestore(),
  };
}
