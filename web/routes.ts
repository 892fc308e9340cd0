/**
 * The addresses of the page, in one place: the router shows them, and the build writes them down for the gateway and
 * nginx, which send the shell for these addresses only. `:name` is one segment of a path.
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
  integrationGallery: '/integrations/new',
  newIntegration: '/integrations/new/:format',
  integration: '/integrations/:id',
  rules: '/rules',
  silences: '/silences',
  heartbeats: '/heartbeats',
  heartbeat: '/heartbeats/:id',
  notifications: '/notifications',
  analytics: '/analytics',
  account: '/account',
  person: '/people/:person',
  admin: '/admin',
} as const;

export type PageName = keyof typeof ROUTES;

/** The page follows these links itself; the browser loads all others (documentation, exports). */
export const ownLinks = (paths: readonly string[]): RegExp =>
  new RegExp(`^(${paths.map((path) => path.replace(/:\w+/g, '[^/?#]+')).join('|')})([?#]|$)`);
