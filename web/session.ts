import { computed, signal } from '@preact/signals';
import { type Access, may } from '../src/kernel/ports/contract';
import { withBase, withoutBase } from './base';
import { accessOf, type Ports, ports } from './ports';
import { ownLinks, ROUTES } from './routes';
import { learnPeople } from './ui/identity';

/** The logged-in user, the role's permissions, and the way to the login and back. */
export type Me = Awaited<ReturnType<Ports['gateway']['me']>>;

export const me = signal<Me | null>(null);
export const role = computed(() => me.value?.role ?? null);

/** Whether the role of the user may use an operation; otherwise no button is offered. */
export const mayAsk = (module: keyof Ports, operation: string): boolean => mayBe(accessOf(module, operation));
const mayBe = (access: Access): boolean => may(role.value, access);

/** Whether a text names the user: incidents name people, shifts have addresses. */
export function isMe(text: string | null | undefined): boolean {
  const who = me.value;
  if (!text || who === null) return false;
  const said = text.toLowerCase();
  return said === who.email?.toLowerCase() || said === who.username.toLowerCase();
}

/** The address to open after the login; set when a session ends during a visit. */
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

/** Pages that a login can return to: our own routes, except those for people who are not logged in. */
const RETURNS = ownLinks(Object.values(ROUTES).filter((path) => path !== ROUTES.login && path !== ROUTES.setup));

/** Returns only to routes of the page, whatever the spelling of another address. */
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
  // Also for a page that the service worker does not control: the worker does not see its logout.
  void navigator.serviceWorker?.ready.then(({ active }) => active?.postMessage('forget'));
  me.value = null;
  leave('/login');
}
