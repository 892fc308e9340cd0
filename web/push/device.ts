/** Push on this device: what the browser allows, and its subscription. */

export type Obstacle = 'insecure' | 'install' | 'unsupported' | 'denied' | 'unconfigured';

/** The parts of the browser that decide; a test gives its own. */
export interface Surroundings {
  secure: boolean;
  userAgent: string;
  touchPoints: number;
  /** Opened from the home screen. */
  installed: boolean;
  /** Whether it has workers, push and notifications. */
  capable: boolean;
  permission: NotificationPermission | undefined;
}

export const surroundings = (): Surroundings => ({
  secure: window.isSecureContext,
  userAgent: navigator.userAgent,
  touchPoints: navigator.maxTouchPoints,
  installed: matchMedia('(display-mode: standalone)').matches,
  capable: 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window,
  permission: 'Notification' in window ? Notification.permission : undefined,
});

/** Why push cannot be enabled here; null if it can. An iPad calls itself a Mac, but has a touch screen. */
export function obstacleOf(here: Surroundings, publicKey: string | null): Obstacle | null {
  if (!here.secure) return 'insecure';
  const apple = /iPhone|iPad|iPod/.test(here.userAgent) || (/Macintosh/.test(here.userAgent) && here.touchPoints > 1);
  if (!here.capable) return apple && !here.installed ? 'install' : 'unsupported';
  if (here.permission === 'denied') return 'denied';
  return publicKey === null ? 'unconfigured' : null;
}

/**
 * Subscribes and returns the subscription as an address. A subscription by another key is replaced, because no message of
 * this installation reaches it.
 */
export async function subscribe(worker: ServiceWorkerRegistration, publicKey: string): Promise<string> {
  const present = await worker.pushManager.getSubscription();
  if (present !== null && keyOf(present) !== publicKey) await present.unsubscribe();
  const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
  const { endpoint, keys } = subscription.toJSON();
  return JSON.stringify({ endpoint, keys });
}

function keyOf({ options }: PushSubscription): string | null {
  if (options.applicationServerKey === null) return null;
  const bytes = String.fromCharCode(...new Uint8Array(options.applicationServerKey));
  return btoa(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

interface Codes {
  /** The code of a message that this device receives; null if none comes in time. */
  next(withinMs: number): Promise<string | null>;
  stop(): void;
}

/** Collects the codes that the worker reads from messages, from now on: one may come before it is awaited. */
export function codes(from: EventTarget): Codes {
  const seen: string[] = [];
  let wake = (): void => {};
  const read = (event: Event): void => {
    const { kind, code } = ((event as MessageEvent).data ?? {}) as { kind?: string; code?: string };
    if (kind !== 'push-code' || code === undefined) return;
    seen.push(code);
    wake();
  };
  from.addEventListener('message', read);
  return {
    async next(withinMs) {
      if (seen.length === 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, withinMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      return seen.pop() ?? null;
    },
    stop: () => from.removeEventListener('message', read),
  };
}
