import express, { type Express, type RequestHandler } from 'express';
import type { Registry } from 'prom-client';
import {
  createGateway,
  type Gateway,
  type GatewayDeps,
  type GatewaySettings,
  type Neighbours,
  type Upstream,
} from '../gateway';
import type { Incident, IncidentsContract } from '../incidents/contract';
import { type FakeClock, fakeClock } from '../kernel/clock';
import { problemHandler } from '../kernel/http/edge';
import { createLog, createRegistry, httpMetrics } from '../kernel/observe/observe';
import type { Caller, Port, Route } from '../kernel/ports/contract';
import { testDatabase } from './databases';

export const ENV_KEY = 'an-environment-key-of-the-test';
export const SECRET_KEY = 'a secret key of the test';

export interface GatewayUnderTest {
  app: Express;
  gateway: Gateway;
  clock: FakeClock;
  registry: Registry;
  deps: GatewayDeps;
  /** Requests that reached the fake services, newest last. */
  asked: Asked[];
  /** Creates the gateway once more on the same database, optionally with other settings. */
  another(
    settings?: Partial<GatewaySettings>,
    over?: Partial<GatewayDeps>,
  ): { app: Express; gateway: Gateway; registry: Registry };
  close(): Promise<void>;
}

export interface Asked {
  module: string;
  method: string;
  url: string;
  caller: Caller;
  headers: express.Request['headers'];
}

const route = (method: Route['method'], path: Route['path'], access: Route['access'], intake?: true): Route => ({
  method,
  path,
  access,
  ...(intake && { intake }),
});

const ROUTES: Record<string, Record<string, Route>> = {
  alerts: {
    ingest: route('POST', '/api/v1/alerts', 'responder', true),
    list: route('GET', '/api/v1/alerts', 'viewer'),
    vendor: route('POST', '/integrations/v1/:type/:key', 'public', true),
    enqueue: {
      ...route('POST', '/v2/enqueue', 'public', true),
      refuse: ({ kind }) => ({ status: 429, body: { status: 'throttled', kind } }),
    },
    named: { ...route('POST', '/v2/alerts/:alias/close', 'public', true), named: true },
  },
  incidents: {
    list: route('GET', '/api/v1/incidents', 'viewer'),
    get: route('GET', '/api/v1/incidents/:id', 'viewer'),
    update: route('PATCH', '/api/v1/incidents/:id', 'responder'),
    escalate: route('POST', '/api/v1/escalate', 'responder'),
    attach: route('POST', '/internal/incidents/attach', 'internal'),
  },
  oncall: {
    teams: route('GET', '/api/v1/teams', 'viewer'),
    addTeam: route('POST', '/api/v1/teams', 'admin'),
    escalate: route('POST', '/api/v1/escalate', 'responder'),
  },
  notify: { notify: route('POST', '/api/v1/notify', 'responder') },
};

/** A gateway in front of four fake services that echo their requests. */
export async function gatewayUnderTest(
  settings: Partial<GatewaySettings> = {},
  incidents: Partial<Port<IncidentsContract>> = {},
): Promise<GatewayUnderTest> {
  const database = await testDatabase('gateway');
  const clock = fakeClock();
  const asked: Asked[] = [];
  const upstream = (name: string): Upstream => ({
    routes: ROUTES[name] as Record<string, Route>,
    handler: echo(name, asked),
    health: async () => ({ status: 'up', code: 200 }),
  });
  const build = (changed: Partial<GatewaySettings>, over: Partial<GatewayDeps>) => {
    const registry = createRegistry();
    const log = createLog('silent', 'test');
    const deps: GatewayDeps = {
      db: database.db,
      databaseUrl: database.url,
      clock,
      log,
      registry,
      settings: { ...SETTINGS, ...settings, ...changed },
      upstreams: {
        alerts: upstream('alerts'),
        incidents: upstream('incidents'),
        oncall: upstream('oncall'),
        notify: upstream('notify'),
      },
      ports: neighbours(incidents),
      openapi: { openapi: '3.1.0' },
      metrics: httpMetrics(registry),
      ...over,
    };
    const gateway = createGateway(deps);
    const app = express().disable('x-powered-by').disable('etag').set('trust proxy', 1);
    app.use(gateway.pipeline, problemHandler(log));
    return { app, gateway, registry, deps };
  };
  return {
    ...build({}, {}),
    clock,
    asked,
    another: (changed = {}, over = {}) => build(changed, over),
    close: () => database.drop(),
  };
}

const NOTHING_NEW = { events: async () => ({ events: [], cursor: null }) };

/** Neighbours without events; a test can add operations of incidents. */
const neighbours = (incidents: Partial<Port<IncidentsContract>>): Neighbours =>
  ({
    alerts: NOTHING_NEW,
    incidents: { ...NOTHING_NEW, ...incidents },
    oncall: { ...NOTHING_NEW, endFeedsOf: async () => ({ ended: 0 }) },
    notify: NOTHING_NEW,
  }) as unknown as Neighbours;

const SETTINGS: GatewaySettings = {
  apiKeys: [ENV_KEY],
  authUsers: [],
  sessionHours: 12,
  rateLimitRpm: 0,
  corsOrigins: ['*'],
  publicUrl: 'https://tocsin.example',
  secretKey: SECRET_KEY,
  retentionDays: 400,
  auditDays: 400,
  selfWatchSeconds: 0,
  heartbeatUrl: null,
  fallbackTarget: null,
  outgoingAllow: [],
};

const echo =
  (module: string, asked: Asked[]): RequestHandler =>
  (req, res) => {
    const caller = res.locals['caller'] as Caller;
    asked.push({ module, method: req.method, url: req.url, caller, headers: { ...req.headers } });
    res.json({ module, url: req.url, actor: caller.actor, kind: caller.kind, role: caller.role });
  };

/** An incident with default values; a test sets the fields that matter. */
export const anIncident = (over: Partial<Incident> = {}): Awaited<ReturnType<Port<IncidentsContract>['get']>> => ({
  id: '0f3c1f4e-8f5a-4c55-9f3b-0d5a4f6f2a11',
  title: 'Checkout is slow',
  service: 'checkout',
  severity: 'high',
  status: 'open',
  assigned_to: null,
  assignee_email: null,
  team: null,
  alert_count: 1,
  created_at: '2026-01-05T08:59:00.000Z',
  updated_at: '2026-01-05T08:59:00.000Z',
  acknowledged_at: null,
  resolved_at: null,
  mtta_seconds: null,
  mttr_seconds: null,
  escalation: null,
  snoozed_until: null,
  reach: 'pending',
  description: null,
  links: [],
  hidden_alerts: 0,
  routing: null,
  not_paged_by: null,
  flapping: false,
  alerts: [],
  alerts_total: 0,
  alerts_firing: 0,
  notes: [],
  timeline: [],
  ...over,
});
