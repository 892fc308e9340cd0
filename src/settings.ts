import * as z from 'zod';

export const MODULES = ['notify', 'oncall', 'incidents', 'alerts', 'gateway'] as const;
export type ModuleName = (typeof MODULES)[number];

/** One environment variable. This table is the only list of them: README and `.env.example` are compared with it by a test. */
export interface Setting {
  name: string;
  /** Default as documentation shows it; empty means unset. */
  fallback: string;
  means: string;
  schema: z.ZodType<unknown, string | undefined>;
  secret?: true;
}

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
const room = z
  .string()
  .regex(/^(mock|slack|webhook|email):.+$/, 'must be channel:address, such as slack:ops-team')
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
const perModule = (make: (module: ModuleName) => Setting): Setting[] => MODULES.map(make);

export const SETTINGS: readonly Setting[] = [
  setting(
    'MODE',
    MODES,
    'monolith',
    'Which modules live in this process: `monolith`, or a list of alerts, incidents, oncall, notify, gateway',
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
    'Folder of the embedded database and of generated secrets',
  ),
  secret('DATABASE_URL', url, '', 'An administrator of a Postgres server; unset starts the embedded one'),
  ...perModule((m) =>
    secret(
      `${m.toUpperCase()}_DATABASE_URL`,
      url,
      '',
      `Database of ${m}, where DATABASE_URL has no right to create it`,
    ),
  ),
  ...perModule((m) =>
    setting(`${m.toUpperCase()}_URL`, url, '', `Where ${m} answers, when it lives in another process`),
  ),
  setting('PUBLIC_URL', url, 'http://localhost:PORT', 'How people reach this server; links in messages begin with it'),
  secret(
    'SECRET_KEY',
    z.string().min(16, 'must have at least 16 characters').optional(),
    '',
    'Signs links; generated into DATA_DIR when absent in the monolith, required otherwise',
  ),
  secret(
    'INTERNAL_TOKEN',
    z.string().min(16, 'must have at least 16 characters').optional(),
    '',
    'What services show each other; required unless MODE=monolith',
  ),
  secret('API_KEYS', list, '', 'Admin API keys, separated by commas; empty means that nobody gets in by such a key'),
  secret('LOGIN_API_KEY', optional, '', 'One more admin API key'),
  secret('AUTH_USERS', users, '', 'user:password pairs; missing users are added as admins at each start'),
  setting('SESSION_HOURS', whole(12, 1, 8760), '12', 'How long a login lasts'),
  setting(
    'RATE_LIMIT_RPM',
    whole(120, -1, 1_000_000),
    '120',
    'Requests a minute per key or address; 0 turns the limit off',
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
  setting('DEFAULT_TEAM', optional, '', 'Team of services that nobody owns'),
  setting(
    'DEFAULT_ROOM',
    room,
    '',
    'Room that hears of incidents where the team has none (`channel:address`); slack:ops-team where Slack is configured, else mock:ops-team',
  ),
  setting(
    'FALLBACK_TARGET',
    room,
    '',
    'Told when an escalation policy is exhausted and reached nobody (`channel:address`)',
  ),
  setting('SEED_DEFAULT_SCHEDULES', flag(false), 'false', 'Create four sample schedules in an empty installation'),
  setting('DEFAULT_OVERRIDE_HOURS', whole(8, 1, 168), '8', 'Length of an override that gives none'),
  secret('SMTP_URL', url, '', 'Mail server, such as smtp://user:password@mail.example.com:587'),
  setting(
    'MAIL_FROM',
    z.string().default('Tocsin <tocsin@localhost>'),
    'Tocsin <tocsin@localhost>',
    'Sender of e-mail',
  ),
  secret('SLACK_WEBHOOK_URL', url, '', 'Slack incoming webhook'),
  secret('WEBHOOK_URL', url, '', 'Where the webhook channel posts when the recipient is no URL'),
  secret('WEBHOOK_SECRET', optional, '', 'Signs webhooks (Standard Webhooks, `whsec_` + base64)'),
  setting('NOTIFICATION_TIMEOUT', decimal(3, 0.1, 60), '3', 'Deadline of one attempt to deliver, in seconds'),
  setting('NOTIFY_GIVE_UP_AFTER', span('60m'), '60m', 'How long delivery is retried before it counts as failed'),
  setting('OUTGOING_ALLOW', list, '', 'Private addresses or CIDR blocks that users may name as webhook targets'),
  setting(
    'RETENTION_DAYS',
    whole(400, 1, 36_500),
    '400',
    'How long closed incidents, alerts and notifications are kept',
  ),
  setting('AUDIT_DAYS', whole(400, 1, 36_500), '400', 'How long events made by people and keys are kept'),
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
  setting(
    'POSTGRES_USER',
    z.string().default('tocsin'),
    'tocsin',
    'Administrator of the Postgres containers (compose)',
  ),
  secret(
    'POSTGRES_PASSWORD',
    optional,
    '',
    'Its password (compose); per-module passwords are derived from it unless given',
  ),
  setting('GRAFANA_ADMIN_USER', z.string().default('admin'), 'admin', 'First user of Grafana (compose)'),
  secret('GRAFANA_ADMIN_PASSWORD', optional, '', 'Its password (compose)'),
];
