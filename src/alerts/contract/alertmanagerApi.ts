import type { Access, Method, Route } from '../../kernel/ports/contract';

/**
 * The API v2 of Alertmanager for amtool, karma and Grafana: alerts, groups, silences, receivers and status. Alerts are
 * posted to the format `prometheus`.
 * Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */

interface Endpoint {
  summary: string;
  method: Method;
  path: `/${string}`;
  access: Access;
}

const GET = { method: 'GET', access: 'viewer' } as const;
const OK = { method: 'GET', access: 'public', summary: 'Answers OK, as Alertmanager does' } as const;

export const ALERTMANAGER_ENDPOINTS = {
  status: { ...GET, path: '/api/v2/status', summary: 'Version and configuration, as Alertmanager shows them' },
  receivers: { ...GET, path: '/api/v2/receivers', summary: 'The receivers: Tocsin itself' },
  alerts: { ...GET, path: '/api/v2/alerts', summary: 'Firing alerts in the form of Alertmanager' },
  groups: {
    ...GET,
    path: '/api/v2/alerts/groups',
    summary: 'Firing alerts by service and severity, in the form of Alertmanager',
  },
  silences: { ...GET, path: '/api/v2/silences', summary: 'Silences in the form of Alertmanager' },
  silence: { ...GET, path: '/api/v2/silence/:id', summary: 'One silence in the form of Alertmanager' },
  postSilence: {
    method: 'POST',
    access: 'responder',
    path: '/api/v2/silences',
    summary: 'Create or change a silence in the form of Alertmanager',
  },
  expireSilence: { method: 'DELETE', access: 'responder', path: '/api/v2/silence/:id', summary: 'End a silence now' },
  buildInfo: { ...GET, path: '/metrics', summary: 'The version as a metric, which karma reads' },
  healthy: { ...OK, path: '/-/healthy' },
  ready: { ...OK, path: '/-/ready' },
} as const satisfies Record<string, Endpoint>;

export type AlertmanagerEndpoint = keyof typeof ALERTMANAGER_ENDPOINTS;

/** The base path for tools that take a URL and no header; `key` is an API key. */
const BASE = '/alertmanager/:key';

/** The paths of an endpoint: below the base path, and at the root except for the metrics, which the product has itself. */
export const pathsOf = ({ path }: Endpoint): `/${string}`[] =>
  path === '/metrics' ? [`${BASE}${path}`] : [`${BASE}${path}`, path];

/** The routes for the gateway, which checks the API key. */
export const alertmanagerRoutes: Record<string, Route> = Object.fromEntries(
  Object.entries<Endpoint>(ALERTMANAGER_ENDPOINTS).flatMap(([name, endpoint]) =>
    pathsOf(endpoint).map((path, at): [string, Route] => [
      `alertmanagerApi.${name}${at === 0 ? '' : '.root'}`,
      {
        method: endpoint.method,
        access: endpoint.access,
        path,
        described: { summary: endpoint.summary, headers: ['Authorization'] },
      },
    ]),
  ),
);
