/**
 * The page's own addresses, said once: the router shows these, the build writes them down for the gateway and for
 * nginx, which send the shell there and nowhere else. `:name` is one segment of a path.
 */
export const ROUTES = {
  home: '/',
  login: '/login',
  setup: '/setup',
  incidents: '/incidents',
  incident: '/incidents/:id',
  teamCalendar: '/oncall/:team',
  teamPolicy: '/oncall/:team/policy',
  teamRotation: '/oncall/:team/edit',
  coverage: '/coverage',
  shifts: '/shifts',
  alerts: '/alerts',
  alert: '/alerts/:id',
  oncall: '/oncall',
  services: '/services',
  service: '/services/:service',
  integrations: '/integrations',
  integration: '/integrations/:id',
  notifications: '/notifications',
  analytics: '/analytics',
  account: '/account',
  admin: '/admin',
} as const;

export type PageName = keyof typeof ROUTES;

/** Links to these are followed by the page itself; all others (documentation, exports) by the browser, which loads anew. */
export const ownLinks = (paths: readonly string[]): RegExp =>
  new RegExp(`^(${paths.map((path) => path.replace(/:\w+/g, '[^/?#]+')).join('|')})([?#]|$)`);
