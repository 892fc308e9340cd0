import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';

/** The part of the service worker that shows push messages and answers them, in a made-up worker. */

const SOURCE = readFileSync(join(__dirname, 'worker.js'), 'utf8');
const URL_OF_ANSWER = 'https://t.example/api/v1/answers/signed';
const INCIDENT = {
  title: 'checkout',
  tag: 'i-1',
  data: { acknowledge: URL_OF_ANSWER, navigate: 'https://t.example/l/v' },
};

interface Shown {
  title: string;
  options: { body?: string; silent?: boolean; renotify?: boolean; data?: object; actions?: object[] };
}
type Handler = (event: object) => void;

function worker(server: { answer: () => Response | Promise<Response> }) {
  const shown: Shown[] = [];
  const sent: { url: string; body: unknown }[] = [];
  const opened: string[] = [];
  const toPages: unknown[] = [];
  const handlers = new Map<string, Handler>();
  const kept = new Map<string, Response>();
  let now = Date.parse('2026-01-05T03:00:00Z');
  class At extends Date {
    constructor() {
      super(now);
    }
    static override now = () => now;
  }
  const cache = {
    put: async (url: string, answer: Response) => void kept.set(url, answer),
    keys: async () => [...kept.keys()].map((url) => ({ url })),
    match: async (url: string) => kept.get(url)?.clone(),
    delete: async (url: string) => kept.delete(url),
  };
  const self = {
    addEventListener: (name: string, handler: Handler) => handlers.set(name, handler),
    registration: {
      showNotification: async (title: string, options: Shown['options']) => void shown.push({ title, options }),
    },
    clients: {
      matchAll: async () => [{ postMessage: (message: unknown) => toPages.push(message) }],
      openWindow: async (url: string) => void opened.push(url),
    },
  };
  const context = createContext({
    ...{ self, Response, AbortSignal, JSON, Date: At, BASE: '' },
    caches: { has: async () => kept.size > 0, open: async () => cache },
    fetch: async (url: string, { body }: { body: string }) => {
      sent.push({ url, body: JSON.parse(body) });
      return server.answer();
    },
  });
  runInContext(SOURCE, context);
  const fire = async (name: string, event: object): Promise<void> => {
    const waits: Promise<unknown>[] = [];
    handlers.get(name)?.({ ...event, waitUntil: (work: Promise<unknown>) => waits.push(work) });
    await Promise.all(waits);
  };
  return {
    ...{ shown, sent, opened, toPages, kept },
    push: (message: unknown) => fire('push', { data: { json: () => message } }),
    pushText: () => fire('push', { data: { json: () => JSON.parse('{') } }),
    tap: (action: string, of: object = INCIDENT) =>
      fire('notificationclick', { action, notification: { close() {}, ...of } }),
    networkIsBack: () => fire('sync', { tag: 'answers' }),
    changed: () => fire('pushsubscriptionchange', {}),
    later: (ms: number) => {
      now += ms;
    },
  };
}

const offline = (): never => {
  throw new TypeError('Failed to fetch');
};
const says = (words: string) => () => Response.json({ result: 'done', words });

const PAGE = {
  web_push: 8030,
  notification: {
    ...{ title: '[high] checkout', body: 'Cards', navigate: 'https://t.example/l/v', tag: 'i-1', silent: false },
    actions: [{ action: 'acknowledge', title: 'Acknowledge', navigate: 'https://t.example/l/a' }],
    data: { kind: 'page', acknowledge: URL_OF_ANSWER },
  },
};

test('a message is shown with its actions, and again if it replaces an earlier one', async () => {
  const { push, shown } = worker({ answer: says('') });
  await push(PAGE);
  expect(shown).toMatchObject([
    {
      title: '[high] checkout',
      options: { body: 'Cards', renotify: true, actions: [{ action: 'acknowledge', title: 'Acknowledge' }] },
    },
  ]);
});

test('a message that cannot be read is shown all the same, because a browser ends a subscription that shows none', async () => {
  const { push, pushText, shown } = worker({ answer: says('') });
  await pushText();
  await push(null);
  expect(shown.map(({ title }) => title)).toEqual(['Tocsin', 'Tocsin']);
});

test('a code is handed to the open pages, which confirm it', async () => {
  const { push, toPages } = worker({ answer: says('') });
  await push({ notification: { title: 'Code', data: { kind: 'code', code: '042137' } } });
  expect(toPages).toEqual([{ kind: 'push-code', code: '042137' }]);
});

test('Acknowledge posts the signed answer, and shows what the server says', async () => {
  const { tap, sent, shown, opened } = worker({ answer: says('You acknowledged it.') });
  await tap('acknowledge');
  expect(sent).toEqual([{ url: URL_OF_ANSWER, body: {} }]);
  expect(shown).toMatchObject([{ title: 'checkout', options: { body: 'You acknowledged it.', silent: true } }]);
  expect(opened).toEqual([]);
});

test('Acknowledge without a token opens the page with the button', async () => {
  const { tap, sent, opened } = worker({ answer: says('') });
  await tap('acknowledge', { ...INCIDENT, data: { page: 'https://t.example/l/a' } });
  expect([sent, opened]).toEqual([[], ['https://t.example/l/a']]);
});

test('any other tap opens the incident', async () => {
  const { tap, opened } = worker({ answer: says('') });
  await tap('view');
  await tap('');
  expect(opened).toEqual(['https://t.example/l/v', 'https://t.example/l/v']);
});

test('without a network the acknowledgement waits, and is sent with the instant of the tap', async () => {
  const server = { answer: offline as () => Response };
  const { tap, sent, shown, networkIsBack, later, kept } = worker(server);
  await tap('acknowledge');
  expect(shown[0]?.options.body).toMatch(/^No network/);
  later(60_000);
  await expect(networkIsBack()).rejects.toThrow('no network');
  server.answer = says('Already acknowledged by Ben at 03:00 UTC.');
  await networkIsBack();
  expect(sent.at(-1)).toEqual({ url: URL_OF_ANSWER, body: { answered_at: '2026-01-05T03:00:00.000Z' } });
  expect(shown.at(-1)?.options.body).toBe('Already acknowledged by Ben at 03:00 UTC.');
  expect(kept.size).toBe(0);
});

test('an acknowledgement that waited for more than ten minutes is not sent, and the device says so', async () => {
  const server = { answer: offline as () => Response };
  const { tap, sent, shown, networkIsBack, later, kept } = worker(server);
  await tap('acknowledge');
  later(600_001);
  server.answer = says('');
  await networkIsBack();
  expect(sent).toHaveLength(1);
  expect(shown.at(-1)?.options.body).toMatch(/^Not acknowledged/);
  expect(kept.size).toBe(0);
});

test('a server that is down is like no network', async () => {
  const { tap, kept } = worker({ answer: () => Response.json({ detail: 'Later' }, { status: 503 }) });
  await tap('acknowledge');
  expect([...kept.keys()]).toEqual([URL_OF_ANSWER]);
});

test('a refusal is shown and not repeated', async () => {
  const answer = () => Response.json({ detail: 'This answer has expired.' }, { status: 403 });
  const { tap, kept, shown } = worker({ answer });
  await tap('acknowledge');
  expect([shown[0]?.options.body, kept.size]).toEqual(['This answer has expired.', 0]);
});

test('the end of a subscription is shown on the device', async () => {
  const { changed, shown } = worker({ answer: says('') });
  await changed();
  expect(shown).toMatchObject([
    { options: { body: expect.stringMatching(/^Push has ended/), data: { navigate: '/account' } } },
  ]);
});
