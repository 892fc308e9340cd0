/*
 * The page without a server: the shell and its assets are kept when this worker is installed; answers of reads are kept
 * as they come by, and are given out, marked with the instant they are of, only when the network fails. Nothing that
 * changes anything is ever kept, queued or repeated here.
 */
const VERSION = '__VERSION__';
const FILES = ['__FILES__'];
/** The path below which the page is served, without a slash at its end; empty at the root of a host. */
const BASE = new URL(self.registration.scope).pathname.replace(/\/$/, '');
const SHELL = `shell-${VERSION}`;
const SEEN = 'seen';
const MOST_SEEN = 60;
const KEPT_MARK = 'x-seen-at';
/** Whoever comes or goes here finds and leaves nothing of what another one saw. */
const COMES_OR_GOES = /^\/api\/v1\/auth\/(login|logout|setup)$/;
/**
 * Never kept: facts, because a kept answer would say for ever that it is live; and what helps somebody who attacks the
 * house, but nobody who is paged. `no-store` is for the caches of browsers and proxies: every answer to a known caller has
 * it, and this cache is emptied when a person logs in or out.
 */
const NEVER = /^\/api\/v1\/(events|audit|users|api-keys|auth\/sessions|integrations|oncall\/feeds)(\/|$)/;

/** How often all was forgotten: what was asked for before that is not kept after it. */
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
  for (const name of await caches.keys()) if (name !== SHELL && name !== SEEN) await caches.delete(name);
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
