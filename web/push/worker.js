/*
 * Push messages. The build appends this file to the service worker (web/sw.js). A message is shown as a notification, from
 * which a person acknowledges, even on a lock screen. Without a network an acknowledgement waits on the device for ten
 * minutes; the server then performs it only if the incident has not changed since.
 */
const KEPT_ANSWERS = 'answers';
const KEPT_MS = 600_000;
const ANSWER_WITHIN_MS = 15_000;
const PUSH_WORDS = {
  unreadable: 'A message from Tocsin. Open it to see more.',
  waiting: 'No network. Your acknowledgement is sent if the network returns within 10 minutes.',
  late: 'Not acknowledged: there was no network for 10 minutes. Open the incident to see what holds now.',
  ended: 'Push has ended on this device. Open your account to enable it again.',
};

self.addEventListener('push', (event) => {
  // A browser that reads the declarative form itself shows it without a worker.
  if (event.data !== null) event.waitUntil(showMessage(event.data));
});

async function showMessage(message) {
  const { title, navigate, data = {}, actions = [], ...options } = readMessage(message);
  if (data.code !== undefined) await toPages({ kind: 'push-code', code: data.code });
  await self.registration.showNotification(title, {
    ...options,
    ...(options.tag !== undefined && { renotify: options.silent !== true }),
    actions: actions.map(({ action, title }) => ({ action, title })),
    icon: `${BASE}/assets/icon-192.png`,
    data: { ...data, navigate },
  });
  await sendKept().catch(() => {});
}

function readMessage(message) {
  const fallback = { title: 'Tocsin', body: PUSH_WORDS.unreadable, navigate: `${BASE}/` };
  try {
    const { notification } = message.json();
    return typeof notification?.title === 'string' ? notification : fallback;
  } catch {
    return fallback;
  }
}

async function toPages(message) {
  for (const page of await self.clients.matchAll({ type: 'window', includeUncontrolled: true })) {
    page.postMessage(message);
  }
}

self.addEventListener('notificationclick', (event) => {
  const { notification, action } = event;
  notification.close();
  event.waitUntil(action === 'acknowledge' ? acknowledgeFrom(notification) : openPage(notification.data?.navigate));
});

async function openPage(url) {
  await self.clients.openWindow(url ?? `${BASE}/`);
}

async function acknowledgeFrom({ title, tag, data }) {
  if (data?.acknowledge === undefined) return openPage(data?.page ?? data?.navigate);
  const answer = { title, tag, navigate: data.navigate, at: new Date().toISOString() };
  const words = await sendAnswer(data.acknowledge, {});
  if (words !== null) return say(answer, words);
  await (await caches.open(KEPT_ANSWERS)).put(data.acknowledge, Response.json(answer));
  await self.registration.sync?.register(KEPT_ANSWERS).catch(() => {});
  await say(answer, PUSH_WORDS.waiting);
}

/** What the server says about an answer; null if it was not reached. */
async function sendAnswer(url, body) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'omit',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (response.status >= 500 || response.status === 429) return null;
    const { words, detail } = await response.json();
    return words ?? detail ?? null;
  } catch {
    return null;
  }
}

const say = ({ title, tag, navigate }, body) =>
  self.registration.showNotification(title, {
    ...{ body, tag, silent: true, icon: `${BASE}/assets/icon-192.png` },
    data: { navigate },
  });

self.addEventListener('sync', (event) => {
  if (event.tag === KEPT_ANSWERS) event.waitUntil(sendKept());
});

self.addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate') event.waitUntil(sendKept().catch(() => {}));
});

/** Sends the answers that wait on this device. Rejects if the network is still away, so that the browser tries again. */
async function sendKept() {
  if (!(await caches.has(KEPT_ANSWERS))) return;
  const cache = await caches.open(KEPT_ANSWERS);
  let waiting = 0;
  for (const { url } of await cache.keys()) {
    const answer = await (await cache.match(url)).json();
    const late = Date.now() - Date.parse(answer.at) > KEPT_MS;
    const words = late ? PUSH_WORDS.late : await sendAnswer(url, { answered_at: answer.at });
    if (words === null) waiting++;
    // Another event may have sent it meanwhile; then that one says so.
    else if (await cache.delete(url)) await say(answer, words);
  }
  if (waiting > 0) throw new Error('no network');
}

self.addEventListener('pushsubscriptionchange', (event) => {
  const account = { title: 'Tocsin', tag: 'push', navigate: `${BASE}/account` };
  event.waitUntil(say(account, PUSH_WORDS.ended));
});
