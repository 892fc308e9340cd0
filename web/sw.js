/*
 * The page without a server: the shell and its assets are stored when this worker is installed. Answers to reads are
 * stored as they arrive, and are returned, marked with their instant, only when the network fails. A request that
 * changes anything is never stored, queued or repeated here.
 */
const VERSION = '__VERSION__';
const FILES = ['__FILES__'];
/** The prefix of the page, without a slash at the end; empty at the root of a host. */
const BASE = new URL(self.registration.scope).pathname.replace(/\/$/, '');
const SHELL = `shell-${VERSION}`;
const SEEN = 'seen';
const MOST_SEEN = 60;
const KEPT_MARK = 'x-seen-at';
/** A login or a logout empties the store, so that no user sees data of another. */
const COMES_OR_GOES = /^\/api\/v1\/auth\/(login|logout|setup)$/;
/**
 * Never stored: events, because a stored answer would look live for ever; and data that helps an attacker but no
 * responder. `no-store` controls the caches of browsers and proxies: every answer to a known caller has it. This store
 * is emptied by each login and logout.
 */
const NEVER =
  /^\/api\/v1\/(events|audit|users|api-keys|auth\/sessions|integrations|oncall\/feeds|contact-methods|push)(\/|$)/;

/** Counts how often the store was emptied: an answer to an earlier request is not stored. */
let forgotten = 0;

self.addEventListener('install', (event) => {
  event.waitUntil(keepShell());
});

async function keepShell() {
  const cache = await caches.open(SHELL);
  await cache.addAll(['/', ...FILES].map((path) => BASE + path));
  await self.skipWaiting();
}

self.addEventListener('activate', (event) => {
  event.waitUntil(forgetOthers());
});

async function forgetOthers() {
  for (const name of await caches.keys()) if (![SHELL, SEEN, KEPT_ANSWERS].includes(name)) await caches.delete(name);
  await self.clients.claim();
}

self.addEventListener('message', (event) => {
  if (event.data === 'forget') event.waitUntil(forget());
});

function forget() {
  forgotten++;
  return caches.delete(SEEN);
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname: full } = new URL(request.url);
  if (origin !== location.origin || !full.startsWith(`${BASE}/`)) return;
  const pathname = full.slice(BASE.length);
  if (COMES_OR_GOES.test(pathname)) event.waitUntil(forget());
  if (request.method !== 'GET') return;
  if (pathname.startsWith('/assets/')) event.respondWith(fromShell(request));
  else if (request.mode === 'navigate' && !pathname.startsWith('/docs')) event.respondWith(navigated(request));
  else if (isKept(pathname) && request.headers.get('accept') === 'application/json') event.respondWith(read(event));
});

const isKept = (pathname) => pathname.startsWith('/api/v1/') && !NEVER.test(pathname);

async function fromShell(request) {
  return (await caches.match(request, { cacheName: SHELL })) ?? fetch(request);
}

async function navigated(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const shell = await caches.match(`${BASE}/`, { cacheName: SHELL });
    if (shell === undefined) throw error;
    return shell;
  }
}

async function read(event) {
  const { request } = event;
  const before = forgotten;
  try {
    const answer = await fetch(request);
    if (answer.status === 401) event.waitUntil(forget());
    else if (answer.ok) event.waitUntil(keep(request, answer.clone(), before));
    return answer;
  } catch (error) {
    const seen = await caches.match(request.url, { cacheName: SEEN });
    if (seen === undefined) throw error;
    return seen;
  }
}

async function keep(request, answer, before) {
  const headers = new Headers(answer.headers);
  headers.set(KEPT_MARK, new Date().toISOString());
  const kept = new Response(await answer.blob(), { status: answer.status, headers });
  if (before !== forgotten) return;
  const cache = await caches.open(SEEN);
  await cache.put(request.url, kept);
  const keys = await cache.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length - MOST_SEEN))) await cache.delete(old);
}
