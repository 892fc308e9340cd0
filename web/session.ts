import { computed, signal } from '@preact/signals';
import { type Access, may } from '../src/kernel/ports/contract';
import { withBase, withoutBase } from './base';
import { accessOf, type Ports, ports } from './ports';
import { ownLinks, ROUTES } from './routes';
import { learnPeople } from './ui/identity';

/** Who is at the screen, what they may do, and the way to the login and back. */
export type Me = Awaited<ReturnType<Ports['gateway']['me']>>;

export const me = signal<Me | null>(null);
export const role = computed(() => me.value?.role ?? null);

/** Whether an operation is open to whoever is here; what is not is not offered. */
export const mayAsk = (module: keyof Ports, operation: string): boolean => mayBe(accessOf(module, operation));
const mayBe = (access: Access): boolean => may(role.value, access);

/** Whether this text names whoever is here: incidents know people by name, shifts by address. */
export function isMe(text: string | null | undefined): boolean {
  const who = me.value;
  if (!text || who === null) return false;
  const said = text.toLowerCase();
  return said === who.email?.toLowerCase() || said === who.username.toLowerCase();
}

/** Where to go after the login; set when a session ended underneath a page. */
const BACK = 'back';
type Leaves = (url: string) => void;
let leave: Leaves = (url) => location.assign(withBase(url));
export const leaveBy = (by: Leaves): void => {
  leave = by;
};

export function sessionEnded(): void {
  const pathname = withoutBase(location.pathname);
  const { search } = location;
  if (pathname === '/login' || pathname === '/setup') return;
  const ended = me.peek() !== null;
  me.value = null;
  const back = pathname + search;
  leave(`/login?${new URLSearchParams({ ...(back !== '/' && { [BACK]: back }), ...(ended && { ended: '1' }) })}`);
}

/** A page that a login may lead to: one of our own routes, but none for those who are not logged in. */
const RETURNS = ownLinks(Object.values(ROUTES).filter((path) => path !== ROUTES.login && path !== ROUTES.setup));

/** Only the page's own routes are gone back to, however another address is spelt. */
export function wayBack(query: Record<string, string>): string {
  const back = query[BACK] ?? ROUTES.home;
  if (!URL.canParse(back, location.origin)) return ROUTES.home;
  const { origin, pathname, search } = new URL(back, location.origin);
  return origin === location.origin && RETURNS.test(pathname) ? pathname + search : ROUTES.home;
}

export async function loadMe(): Promise<Me> {
  const who = await ports.gateway.me({});
  me.value = who;
  learnPeople([{ name: who.username, email: who.email }]);
  return who;
}

export async function logOut(): Promise<void> {
  await ports.gateway.logout({}).catch(() => undefined);
  // Also where the worker does not hear of the logout: a page that was loaded past it.
  void navigator.serviceWorker?.ready.then(({ active }) => active?.postMessage('forget'));
  me.value = null;
  leave('/login');
}
