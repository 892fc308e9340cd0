/*
 * The page without a server: the shell and its assets are kept when this worker is installed; answers of reads are kept
 * as they come by, and are given out, marked with the instant they are of, only when the network fails. Nothing that
 * changes anything is ever kept, queued or repeated here.
 */
const VERSION = '__VERSION__';
const FILES = ['__FILES__'];
const SHELL = `shell-${VERSION}`;
const SEEN = 'seen';
const MOST_SEEN = 60;
const KEPT_MARK = 'x-seen-at';

self.addEventListener('install', (event) => {
  event.waitUntil(keepShell());
});

async function keepShell() {
  const cache = await caches.open(SHELL);
  await cache.addAll(['/', ...FILES]);
  await self.skipWaiting();
}

self.addEventListener('activate', (event) => {
  event.waitUntil(forgetOthers());
});

async function forgetOthers() {
  for (const name of await caches.keys()) if (name !== SHELL && name !== SEEN) await caches.delete(name);
  await self.clients.claim();
}

/** Whoever logs out takes what they saw with them. */
self.addEventListener('message', (event) => {
  if (event.data === 'forget') event.waitUntil(caches.delete(SEEN));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (url.pathname.startsWith('/assets/')) event.respondWith(fromShell(request));
  else if (request.mode === 'navigate' && !url.pathname.startsWith('/docs')) event.respondWith(navigated(request));
  else if (url.pathname.startsWith('/api/v1/') && request.headers.get('accept') === 'application/json') {
    event.respondWith(read(event));
  }
});

async function fromShell(request) {
  return (await caches.match(request, { cacheName: SHELL })) ?? fetch(request);
}

async function navigated(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const shell = await caches.match('/', { cacheName: SHELL });
    if (shell === undefined) throw error;
    return shell;
  }
}

async function read(event) {
  const { request } = event;
  try {
    const answer = await fetch(request);
    if (answer.ok) event.waitUntil(keep(request, answer.clone()));
    return answer;
  } catch (error) {
    const seen = await caches.match(request.url, { cacheName: SEEN });
    if (seen === undefined) throw error;
    return seen;
  }
}

async function keep(request, answer) {
  const headers = new Headers(answer.headers);
  headers.set(KEPT_MARK, new Date().toISOString());
  const cache = await caches.open(SEEN);
  await cache.put(request.url, new Response(await answer.blob(), { status: answer.status, headers }));
  const keys = await cache.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length - MOST_SEEN))) await cache.delete(old);
}
