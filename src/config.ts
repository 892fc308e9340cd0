import { readFileSync } from 'node:fs';
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

/** A span such as `60m`, `90s`, `2h` or `1d`; a bare number counts minutes. Answers milliseconds. */
const span = (fallback: string) =>
  z
    .string()
    .regex(/^\d{1,6}\s*[smhd]?$/, 'must be a span such as 90s, 60m or 2h')
    .default(fallback)
    .transform(
      (value) => Number.parseInt(value, 10) * { s: 1e3, m: 6e4, h: 36e5, d: 864e5 }[/[smhd]/.exec(value)?.[0] ?? 'm']!,
    );

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

const env = z.object(Object.fromEntries(SETTINGS.map(({ name, schema }) => [name, schema])));

/** All faults of the environment at once, one line each. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault';
  constructor(readonly faults: string[]) {
    super(faults.join('\n'));
  }
}

/**
 * Reads the environment once, at the door; nothing else may. Every `<NAME>` that is secret may come as `<NAME>_FILE`.
 * Blank values count as unset, because compose passes those for what `.env` leaves out.
 * @throws ConfigFault listing every fault
 */
export function readConfig(given: Record<string, string | undefined>) {
  const faults: string[] = [];
  const values = withFiles(given, faults);
  const parsed = env.safeParse(values);
  if (!parsed.success) faults.push(...parsed.error.issues.map((i) => `${i.path.join('.')} ${i.message}`));
  if (!parsed.success || faults.length > 0) throw new ConfigFault(faults);
  const config = shape(parsed.data as Record<string, never>);
  const more = missing(config);
  if (more.length > 0) throw new ConfigFault(more);
  return Object.freeze(config);
}
export type Config = ReturnType<typeof shape>;

function withFiles(given: Record<string, string | undefined>, faults: string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { name, secret: isSecret } of SETTINGS) {
    const file = isSecret ? given[`${name}_FILE`] : undefined;
    const value = given[name]?.trim() || (file?.trim() ? fromFile(name, file.trim(), faults) : '');
    if (value.includes('<CHANGE_ME'))
      faults.push(`${name} still holds the placeholder <CHANGE_ME>; give it a value of your own`);
    else if (value !== '') values[name] = value;
  }
  return values;
}

function fromFile(name: string, path: string, faults: string[]): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    faults.push(`${name}_FILE names ${path}, which cannot be read`);
    return '';
  }
}

function shape(e: Record<string, never>) {
  const named = <T>(name: string): T => e[name] as T;
  const byModule = (suffix: string) =>
    Object.fromEntries(MODULES.map((m) => [m, named<string | undefined>(`${m.toUpperCase()}${suffix}`)])) as Record<
      ModuleName,
      string | undefined
    >;
  const mode = named<string[]>('MODE');
  const monolith = mode[0] === 'monolith';
  const port = named<number>('PORT');
  return {
    monolith,
    hosted: (monolith ? [...MODULES] : mode) as readonly ModuleName[],
    host: named<string>('HOST'),
    port,
    dataDir: named<string>('DATA_DIR'),
    databaseUrl: named<string | undefined>('DATABASE_URL'),
    databaseUrls: byModule('_DATABASE_URL'),
    urls: byModule('_URL'),
    publicUrl: (named<string | undefined>('PUBLIC_URL') ?? `http://localhost:${port}`).replace(/\/+$/, ''),
    secretKey: named<string | undefined>('SECRET_KEY'),
    internalToken: named<string | undefined>('INTERNAL_TOKEN'),
    apiKeys: [
      ...named<string[]>('API_KEYS'),
      ...(named<string | undefined>('LOGIN_API_KEY') ? [named<string>('LOGIN_API_KEY')] : []),
    ],
    authUsers: named<string[]>('AUTH_USERS').map((pair) => ({
      username: pair.slice(0, pair.indexOf(':')).trim(),
      password: pair.slice(pair.indexOf(':') + 1),
    })),
    sessionHours: named<number>('SESSION_HOURS'),
    rateLimitRpm: named<number>('RATE_LIMIT_RPM'),
    ingestRate: named<number | undefined>('INGEST_RATE'),
    retryMaxAttempts: named<number>('RETRY_MAX_ATTEMPTS'),
    retryBackoffBaseSeconds: named<number>('RETRY_BACKOFF_BASE'),
    trustProxy: named<string | undefined>('TRUST_PROXY'),
    corsOrigins: named<string[]>('CORS_ORIGINS'),
    correlationWindowMinutes: named<number>('CORRELATION_WINDOW_MINUTES'),
    defaultTeam: named<string | undefined>('DEFAULT_TEAM') ?? null,
    defaultRoom: named<string | undefined>('DEFAULT_ROOM') ?? null,
    fallbackTarget: named<string | undefined>('FALLBACK_TARGET') ?? null,
    seedDefaultSchedules: named<boolean>('SEED_DEFAULT_SCHEDULES'),
    defaultOverrideHours: named<number>('DEFAULT_OVERRIDE_HOURS'),
    smtpUrl: named<string | undefined>('SMTP_URL'),
    mailFrom: named<string>('MAIL_FROM'),
    slackWebhookUrl: named<string | undefined>('SLACK_WEBHOOK_URL'),
    webhookUrl: named<string | undefined>('WEBHOOK_URL'),
    webhookSecret: named<string | undefined>('WEBHOOK_SECRET'),
    notificationTimeoutMs: named<number>('NOTIFICATION_TIMEOUT') * 1_000,
    notifyGiveUpAfterMs: named<number>('NOTIFY_GIVE_UP_AFTER'),
    outgoingAllow: named<string[]>('OUTGOING_ALLOW'),
    retentionDays: named<number>('RETENTION_DAYS'),
    auditDays: named<number>('AUDIT_DAYS'),
    logLevel: named<string>('LOG_LEVEL'),
    postgresPassword: named<string | undefined>('POSTGRES_PASSWORD'),
  };
}

/** What a process that hosts only some modules cannot do without. */
function missing({ monolith, hosted, internalToken, secretKey, databaseUrl, databaseUrls, urls }: Config): string[] {
  if (monolith) return [];
  const faults: string[] = [];
  if (internalToken === undefined) faults.push('INTERNAL_TOKEN is required unless MODE=monolith');
  if (secretKey === undefined) faults.push('SECRET_KEY is required unless MODE=monolith');
  for (const module of MODULES) {
    const here = hosted.includes(module);
    if (here && databaseUrl === undefined && databaseUrls[module] === undefined) {
      faults.push(`${module.toUpperCase()}_DATABASE_URL (or DATABASE_URL) is required where ${module} lives`);
    }
    if (!here && urls[module] === undefined && dials(hosted, module))
      faults.push(`${module.toUpperCase()}_URL is required, because ${module} lives elsewhere`);
  }
  return faults;
}

/** Calls only go down: a process dials the modules below its own, and the gateway dials all. */
const dials = (hosted: readonly ModuleName[], module: ModuleName): boolean =>
  hosted.some((mine) => MODULES.indexOf(mine) > MODULES.indexOf(module));
