/** One server-sent event as a browser would see it. */
export interface Heard {
  event: string;
  id: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects
  data: any;
}

export interface EventStream {
  status: number;
  headers: Headers;
  heard: Heard[];
  /** The first that answers, among those heard and those to come. */
  until(wanted: (heard: Heard) => boolean): Promise<Heard>;
  /** Resolves when the server hangs up. */
  ended: Promise<void>;
  close(): void;
}

/** Reads server-sent events as they come. */
export async function openStream(url: string, headers: Record<string, string>): Promise<EventStream> {
  const hangUp = new AbortController();
  const answer = await fetch(url, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: hangUp.signal,
  });
  const heard: Heard[] = [];
  const asking = new Set<() => void>();
  const reading = async (): Promise<void> => {
    let text = '';
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop() ?? '';
      heard.push(...blocks.flatMap(heardIn));
      for (const ask of asking) ask();
    }
  };
  return {
    status: answer.status,
    headers: answer.headers,
    heard,
    until: (wanted) =>
      new Promise((resolve) => {
        const ask = (): void => {
          const found = heard.find(wanted);
          if (found === undefined) return;
          asking.delete(ask);
          resolve(found);
        };
        asking.add(ask);
        ask();
      }),
    ended: reading().catch(() => undefined),
    close: () => hangUp.abort(),
  };
}

function heardIn(block: string): Heard[] {
  const fields = Object.fromEntries(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  if (fields['data'] === undefined) return [];
  return [{ event: fields['event'] ?? 'message', id: fields['id'] ?? '', data: JSON.parse(fields['data']) }];
}
