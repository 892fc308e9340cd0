/** A server-sent event. */
export interface StreamEvent {
  event: string;
  id: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape of its data
  data: any;
}

export interface EventStream {
  status: number;
  headers: Headers;
  received: StreamEvent[];
  /** The first matching event, already received or still to come. */
  until(wanted: (received: StreamEvent) => boolean): Promise<StreamEvent>;
  /** Resolves when the server ends the stream. */
  ended: Promise<void>;
  close(): void;
}

/** Opens a stream and collects its events. */
export async function openStream(url: string, headers: Record<string, string>): Promise<EventStream> {
  const abort = new AbortController();
  const answer = await fetch(url, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: abort.signal,
  });
  const received: StreamEvent[] = [];
  const waiters = new Set<() => void>();
  const reading = async (): Promise<void> => {
    let text = '';
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop() ?? '';
      received.push(...blocks.flatMap(parseBlock));
      for (const check of waiters) check();
    }
  };
  return {
    status: answer.status,
    headers: answer.headers,
    received,
    until: (wanted) =>
      new Promise((resolve) => {
        const check = (): void => {
          const found = received.find(wanted);
          if (found === undefined) return;
          waiters.delete(check);
          resolve(found);
        };
        waiters.add(check);
        check();
      }),
    ended: reading().catch(() => undefined),
    close: () => abort.abort(),
  };
}

function parseBlock(block: string): StreamEvent[] {
  const fields = Object.fromEntries(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  if (fields['data'] === undefined) return [];
  return [{ event: fields['event'] ?? 'message', id: fields['id'] ?? '', data: JSON.parse(fields['data']) }];
}
