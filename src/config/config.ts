import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { minutes } from '../kernel/clock';
import { isReserved } from '../kernel/names';
import { MODULES, type ModuleName, type Setting } from './settings';

export { MODULES, type ModuleName } from './settings';

/** All faults of the environment at once, one line each. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault';
  constructor(readonly faults: string[]) {
    super(faults.join('\n'));
  }
}

/** The configuration from the environment of the process and the `.env` file of the working folder, if there is one. */
export function configOfProcess(settings: readonly Setting[]): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return readConfig(process.env, settings);
}

/**
 * Reads the settings of the table from the environment; no other code reads it. Every secret `<NAME>` can come as
 * `<NAME>_FILE`.
 * Blank values count as unset, because compose passes them for variables that are not in `.env`.
 * @throws ConfigFault listing every fault
 */
export function readConfig(given: Record<string, string | undefined>, settings: readonly Setting[]) {
  const faults: string[] = [];
  const values = withFiles(given, settings, faults);
  const env = z.object(Object.fromEntries(settings.map(({ name, schema }) => [name, schema])));
  const parsed = env.safeParse(values);
  if (!parsed.success) faults.push(...parsed.error.issues.map((i) => `${i.path.join('.')} ${i.message}`));
  if (!parsed.success || faults.length > 0) throw new ConfigFault(faults);
  const config = shape(parsed.data as Record<string, never>, settings, Object.keys(values));
  const more = [...missing(config), ...weak(config)];
  if (more.length > 0) throw new ConfigFault(more);
  return Object.freeze(config);
}
export type Config = ReturnType<typeof shape>;

function withFiles(
  given: Record<string, string | undefined>,
  settings: readonly Setting[],
  faults: string[],
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { name, secret: isSecret, compose } of settings) {
    if (compose) continue;
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

function shape(e: Record<string, never>, settings: readonly Setting[], given: readonly string[]) {
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
    flapping: {
      changes: named<number>('FLAPPING_CHANGES'),
      windowMs: minutes(named<number>('FLAPPING_WINDOW_MINUTES')),
    },
    defaultTeam: named<string | undefined>('DEFAULT_TEAM') ?? null,
    defaultRoom: named<string | undefined>('DEFAULT_ROOM') ?? null,
    notifyOutcome: named<boolean>('NOTIFY_OUTCOME'),
    fallbackTarget: named<string | undefined>('FALLBACK_TARGET') ?? null,
    selfWatchSeconds: named<number>('SELF_WATCH_SECONDS'),
    heartbeatUrl: named<string | undefined>('HEARTBEAT_URL') ?? null,
    seedDefaultSchedules: named<boolean>('SEED_DEFAULT_SCHEDULES'),
    handoffNoticeMinutes: named<number>('HANDOFF_NOTICE_MINUTES'),
    defaultOverrideHours: named<number>('DEFAULT_OVERRIDE_HOURS'),
    /** The settings of channels, by the name of the variable. */
    channelSettings: Object.fromEntries(
      settings.filter(({ channel }) => channel).map(({ name }) => [name, named<unknown>(name)]),
    ),
    /** The names of those that the environment sets. */
    channelSettingsGiven: settings
      .filter(({ name, channel }) => channel && given.includes(name))
      .map(({ name }) => name),
    notificationTimeoutMs: named<number>('NOTIFICATION_TIMEOUT') * 1_000,
    notifyGiveUpAfterMs: named<number>('NOTIFY_GIVE_UP_AFTER'),
    bundleAfter: named<number>('BUNDLE_AFTER'),
    pageReachedWithinMs: named<number>('PAGE_REACHED_WITHIN') * 1_000,
    outgoingAllow: named<string[]>('OUTGOING_ALLOW'),
    retentionDays: named<number>('RETENTION_DAYS'),
    historyDays: named<number>('HISTORY_DAYS'),
    auditDays: named<number>('AUDIT_DAYS'),
    metricsToken: named<string | undefined>('METRICS_TOKEN'),
    logLevel: named<string>('LOG_LEVEL'),
    postgresPassword: named<string | undefined>('POSTGRES_PASSWORD'),
  };
}

/** Missing settings that a process needs if it hosts only some modules. */
function missing({ monolith, hosted, internalToken, secretKey, databaseUrl, databaseUrls, urls }: Config): string[] {
  if (monolith) return [];
  const faults: string[] = [];
  if (internalToken === undefined) faults.push('INTERNAL_TOKEN is required unless MODE=monolith');
  if (secretKey === undefined) faults.push('SECRET_KEY is required unless MODE=monolith');
  for (const module of MODULES) {
    const here = hosted.includes(module);
    if (here && databaseUrl === undefined && databaseUrls[module] === undefined) {
      faults.push(`${module.toUpperCase()}_DATABASE_URL (or DATABASE_URL) is required in the process of ${module}`);
    }
    if (!here && urls[module] === undefined && dials(hosted, module))
      faults.push(`${module.toUpperCase()}_URL is required, because ${module} runs in another process`);
  }
  return faults;
}

const SHORTEST_KEY = 16;
const SHORTEST_PASSWORD = 8;

/** Faults of credentials: too short to be safe, or a name that is reserved for Tocsin. Their values are not shown. */
function weak({ apiKeys, authUsers }: Config): string[] {
  const faults: string[] = [];
  if (apiKeys.some((key) => key.length < SHORTEST_KEY))
    faults.push(`API_KEYS and LOGIN_API_KEY must have at least ${SHORTEST_KEY} characters each`);
  for (const { username, password } of authUsers) {
    if (password.length < SHORTEST_PASSWORD)
      faults.push(`AUTH_USERS: the password of ${username} must have at least ${SHORTEST_PASSWORD} characters`);
    if (isReserved(username)) faults.push(`AUTH_USERS: the name ${username} is reserved for Tocsin itself`);
  }
  return faults;
}

/** Calls only go down: a process calls the modules below its own, and the gateway calls all. */
const dials = (hosted: readonly ModuleName[], module: ModuleName): boolean =>
  hosted.some((mine) => MODULES.indexOf(mine) > MODULES.indexOf(module));
