import * as z from 'zod';
import { MODULES, type ModuleName } from '../kernel/modules';

export { MODULES, type ModuleName };

/** One environment variable. docs/settings.md, `.env.example` and the compose files are compared with the table of them by tests. */
export interface Setting {
  name: string;
  /** Default as documentation shows it; empty means unset. */
  fallback: string;
  means: string;
  schema: z.ZodType<unknown, string | undefined>;
  secret?: true;
  /** Of a channel: handed to the channel by its name. */
  channel?: true;
  /** Read by the compose files alone. The program does not look at it, so nothing there can keep it from starting. */
  compose?: true;
  /** What `.env.example` holds ready: a value with a placeholder, which refuses to start until it is replaced. */
  example?: string;
}

const PLACEHOLDER = '<CHANGE_ME>';

const optional = z.string().optional();
const url = z.url({ error: 'must be a URL' }).optional();
const whole = (fallback: number, min: number, max: number) =>
  z.coerce.number<string | undefined>({ error: 'must be a whole number' }).int().min(min).max(max).default(fallback);
const decimal = (fallback: number, min: number, max: number) =>
  z.coerce.number<string | undefined>({ error: 'must be a number' }).min(min).max(max).default(fallback);
const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default(fallback ? 'true' : 'false')
    .transform((value) => value === 'true');
const list = z
  .string()
  .optional()
  .transform((value) =>
    (value ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
const roomOn = (channels: ChannelSetup['names']) =>
  z
    .string()
    .regex(
      channels === 'any' ? /^[^:]+:.+$/ : new RegExp(`^(${channels.join('|')}):.+$`),
      'must be channel:address, such as slack:ops-team',
    )
    .optional();

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A span such as `60m`, `90s`, `2h` or `1d`; a bare number counts minutes. Answers milliseconds. */
const span = (fallback: string) =>
  z
    .string()
    .regex(/^\d{1,6}\s*[smhd]?$/, 'must be a span such as 90s, 60m or 2h')
    .default(fallback)
    .transform((value) => Number.parseInt(value, 10) * (UNIT_MS[value.slice(-1)] ?? 60_000));

const MODES = z
  .string()
  .default('monolith')
  .transform((value) => value.split(',').map((item) => item.trim()))
  .refine(
    (names) => (names.length === 1 && names[0] === 'monolith') || names.every((n) => MODULES.includes(n as ModuleName)),
    {
      message: `must be monolith, or one or more of ${MODULES.join(', ')}`,
    },
  );

const users = list.refine(
  (items) => items.every((item) => /^[^:]+:.+$/.test(item)),
  'must be user:password pairs, separated by commas',
);

const setting = (name: string, schema: Setting['schema'], fallback: string, means: string): Setting => ({
  name,
  schema,
  fallback,
  means,
});
const secret = (name: string, schema: Setting['schema'], fallback: string, means: string): Setting => ({
  ...setting(name, schema, fallback, means),
  secret: true,
});
const forCompose = (name: string, fallback: string, means: string): Setting => ({
  ...setting(name, optional, fallback, means),
  compose: true,
});
/** Stands ready in `.env.example`, because the containers need it or are of little use without. */
const toFillIn = (of: Setting, example = PLACEHOLDER): Setting => ({ ...of, example });
const perModule = (make: (module: ModuleName) => Setting): Setting[] => MODULES.map(make);
const port = (container: string, name: string, number: number): Setting =>
  forCompose(name, String(number), `Port of ${container} on this machine (compose)`);
const servicePort = (container: string, name: string, number: number): Setting => {
  const one = port(container, name, number);
  return { ...one, means: `${one.means}, or a range such as 8101-8109 to run several` };
};

/** What the table takes from the list of channels. */
export interface ChannelSetup {
  /** What may stand before the colon of a room; `any` where no channel lives. */
  names: readonly string[] | 'any';
  settings: readonly Setting[];
  /** Which room a server has that names none, in words. */
  defaultRoom: string;
}

/** Of a program that sends nothing. */
export const NO_CHANNELS: ChannelSetup = { names: 'any', settings: [], defaultRoom: '' };

/** Every environment variable, in the order of the documentation. The channels say theirs themselves. */
export const settingsOf = (channels: ChannelSetup): readonly Setting[] => [
  ...beforeChannels(channels),
  ...channels.settings.map((one): Setting => ({ ...one, channel: true })),
  ...AFTER_CHANNELS,
];

const beforeChannels = ({ names, defaultRoom }: ChannelSetup): readonly Setting[] => [
  setting(
    'MODE',
    MODES,
    'monolith',
    'Modules of this process: `monolith`, or a list of alerts, incidents, oncall, notify, gateway',
  ),
  setting(
    'HOST',
    z.string().default('127.0.0.1'),
    '127.0.0.1',
    'Address to listen on (0.0.0.0 in the container image)',
  ),
  setting('PORT', whole(8080, 0, 65_535), '8080', 'Port to listen on'),
  setting(
    'DATA_DIR',
    z.string().default('./data'),
    './data',
    'Folder of the embedded database, of generated secrets, and of large requests while they are read',
  ),
  secret('DATABASE_URL', url, '', 'An administrator of a Postgres server; unset starts the embedded one'),
  ...perModule((m) =>
    secret(`${m.toUpperCase()}_DATABASE_URL`, url, '', `Database of ${m}, if DATABASE_URL has no right to create it`),
  ),
  ...perModule((m) => setting(`${m.toUpperCase()}_URL`, url, '', `Address of ${m}, if it runs in another process`)),
  setting(
    'PUBLIC_URL',
    url,
    'http://localhost:PORT',
    'Address of this server for people; links in messages begin with it. If it has a path (https://host/tocsin), a proxy must remove that path',
  ),
  toFillIn(
    secret(
      'SECRET_KEY',
      z.string().min(16, 'must have at least 16 characters').optional(),
      '',
      'Signs links; generated into DATA_DIR when absent in the monolith, required otherwise',
    ),
  ),
  toFillIn(
    secret(
      'INTERNAL_TOKEN',
      z.string().min(16, 'must have at least 16 characters').optional(),
      '',
      'Token that the services send to each other; required unless MODE=monolith',
    ),
  ),
  toFillIn(secret('API_KEYS', list, '', 'Admin API keys, separated by commas; empty means none')),
  secret('LOGIN_API_KEY', optional, '', 'One more admin API key'),
  toFillIn(
    secret('AUTH_USERS', users, '', 'user:password pairs; missing users are added as admins at each start'),
    `admin:${PLACEHOLDER}`,
  ),
  setting('SESSION_HOURS', whole(12, 1, 8760), '12', 'How long a login lasts'),
  setting(
    'RATE_LIMIT_RPM',
    whole(120, -1, 1_000_000),
    '120',
    'Requests a minute per key or address, a session may read ten times as often; 0 turns the limit off',
  ),
  setting(
    'INGEST_RATE',
    z.coerce.number<string | undefined>({ error: 'must be a whole number' }).int().min(1).max(10_000_000).optional(),
    '',
    'Alert requests a minute per key; unset means no limit',
  ),
  setting(
    'RETRY_MAX_ATTEMPTS',
    whole(2, 0, 10),
    '2',
    'How often the gateway repeats a read that a service did not answer',
  ),
  setting('RETRY_BACKOFF_BASE', decimal(0.3, 0, 60), '0.3', 'First wait between such repeats, in seconds; doubles'),
  setting(
    'TRUST_PROXY',
    optional,
    '',
    'Proxies whose X-Forwarded-For counts: a number of hops, or addresses separated by commas',
  ),
  setting(
    'CORS_ORIGINS',
    list.transform((origins) => (origins.length === 0 ? ['*'] : origins)),
    '*',
    'Origins that browsers may call from; never with credentials',
  ),
  setting(
    'CORRELATION_WINDOW_MINUTES',
    whole(5, 1, 10_080),
    '5',
    'How long after its last alert an incident takes further alerts of its service and severity',
  ),
  setting('DEFAULT_TEAM', optional, '', 'Team of services without an owner'),
  setting(
    'DEFAULT_ROOM',
    roomOn(names),
    '',
    `Room that is notified of incidents of teams without a room (\`channel:address\`); ${defaultRoom}`,
  ),
  setting(
    'FALLBACK_TARGET',
    roomOn(names),
    '',
    'Notified when an escalation policy is exhausted and reached no one (`channel:address`)',
  ),
  setting(
    'NOTIFY_OUTCOME',
    flag(true),
    'true',
    'Notify the people who were paged who acknowledged and who resolved, 15 s later',
  ),
  setting('SEED_DEFAULT_SCHEDULES', flag(false), 'false', 'Create four sample schedules in an empty installation'),
  setting('DEFAULT_OVERRIDE_HOURS', whole(8, 1, 168), '8', 'Length of an override that has no end'),
  setting(
    'HANDOFF_NOTICE_MINUTES',
    whole(60, 0, 10_080),
    '60',
    'How many minutes before a hand-off the people who come on or go off call are notified; a change that counts at once notifies them at once. 0 switches these notices and the reminders of gaps off; a team may say otherwise',
  ),
];

const AFTER_CHANNELS: readonly Setting[] = [
  setting('NOTIFICATION_TIMEOUT', decimal(3, 0.1, 60), '3', 'Deadline of one attempt to deliver, in seconds'),
  setting('NOTIFY_GIVE_UP_AFTER', span('60m'), '60m', 'How long delivery is retried before it counts as failed'),
  setting(
    'PAGE_REACHED_WITHIN',
    whole(60, 5, 3_600),
    '60',
    'How long a page may take to be accepted, in seconds, before it counts as not reached and the next step runs',
  ),
  setting('OUTGOING_ALLOW', list, '', 'Private addresses or CIDR blocks that users may name as webhook targets'),
  setting(
    'RETENTION_DAYS',
    whole(400, 1, 36_500),
    '400',
    'How long closed incidents, alerts and notifications are kept',
  ),
  setting('AUDIT_DAYS', whole(400, 1, 36_500), '400', 'How long events made by people and keys are kept'),
  secret(
    'METRICS_TOKEN',
    z.string().min(16, 'must have at least 16 characters').optional(),
    '',
    'Bearer token of Prometheus for `/metrics`; unset: open to all, and only loopback and private networks see names of services',
  ),
  setting(
    'LOG_LEVEL',
    z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
        error: 'must be trace, debug, info, warn, error, fatal or silent',
      })
      .default('info'),
    'info',
    'Least level that is logged',
  ),
  forCompose('POSTGRES_USER', 'tocsin', 'Administrator of the Postgres containers (compose); not reachable by network'),
  toFillIn(
    secret(
      'POSTGRES_PASSWORD',
      optional,
      '',
      'Its password (compose); per-module passwords are derived from it unless given',
    ),
  ),
  ...perModule((m) => ({
    ...toFillIn(
      secret(
        `${m.toUpperCase()}_DB_PASSWORD`,
        optional,
        '',
        `Password of the database role of ${m} (compose, split), letters and digits; POSTGRES_PASSWORD unless given`,
      ),
    ),
    compose: true as const,
  })),
  forCompose('GRAFANA_ADMIN_USER', 'admin', 'First user of Grafana (compose)'),
  { ...toFillIn(secret('GRAFANA_ADMIN_PASSWORD', optional, '', 'Its password (compose)')), compose: true },
  servicePort('alert-ingestion', 'ALERT_INGESTION_PORT', 8001),
  servicePort('incident-management', 'INCIDENT_MANAGEMENT_PORT', 8002),
  servicePort('oncall-service', 'ONCALL_SERVICE_PORT', 8003),
  servicePort('notification-service', 'NOTIFICATION_SERVICE_PORT', 8004),
  servicePort('api-gateway or of the monolith', 'API_GATEWAY_PORT', 8080),
  port('web-ui', 'WEB_UI_PORT', 3001),
  port('prometheus', 'PROMETHEUS_PORT', 9090),
  port('grafana', 'GRAFANA_PORT', 3000),
  forCompose('NETWORK_PREFIX', '10.231.77', "First three numbers of the containers' network (compose, split)"),
  forCompose('IMAGE_TAG', 'latest', 'Tag of the images that are built and run (compose)'),
  forCompose(
    'NODE_IMAGE',
    'node:24-bookworm-slim',
    'Base image of the app and of builds (compose); a digest may follow',
  ),
  forCompose('NGINX_IMAGE', 'nginx:1.27-alpine', 'Base image of web-ui (compose, split); a digest may follow'),
  forCompose('POSTGRES_IMAGE', 'postgres:15-alpine', 'Image of the databases (compose); a digest may follow'),
  forCompose('PROMETHEUS_VERSION', 'v3.5.0', 'Tag of prom/prometheus (compose); a digest may follow'),
  forCompose('GRAFANA_VERSION', '12.1.1', 'Tag of grafana/grafana (compose); a digest may follow'),
];
