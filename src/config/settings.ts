import * as z from 'zod';
import { MODULES, type ModuleName } from '../kernel/modules';
import { COMPOSE_SETTINGS } from './composeSettings';
import { PLACEHOLDER, perModule, type Setting, secret, setting, toFillIn } from './setting';
import { decimal, flag, list, MODES, optional, roomOn, span, url, users, whole } from './settingValues';

export { MODULES, type ModuleName, type Setting };

/** The settings and names of the channels. */
export interface ChannelSetup {
  /** The channel names that a room can begin with; `any` in a program without channels. */
  names: readonly string[] | 'any';
  settings: readonly Setting[];
  /** The default room of a server without `DEFAULT_ROOM`, in words. */
  defaultRoom: string;
}

/** For a program that sends nothing. */
export const NO_CHANNELS: ChannelSetup = { names: 'any', settings: [], defaultRoom: '' };

/** Every environment variable, in the order of the documentation. Each channel declares its own. */
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
      'Signs links and encrypts stored secrets; generated into DATA_DIR when absent in the monolith, required otherwise',
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
  setting(
    'FLAPPING_CHANGES',
    whole(4, 0, 100),
    '4',
    'An alert flaps that begins and ends so often, counted together, within FLAPPING_WINDOW_MINUTES; its incident then stays open and pages once. 0 switches this off',
  ),
  setting(
    'FLAPPING_WINDOW_MINUTES',
    whole(30, 1, 1_440),
    '30',
    'Minutes for FLAPPING_CHANGES; flapping ends when the alert has not fired for as long',
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
    'Notified when an escalation policy is exhausted and reached no one, and when the self-watch fails (`channel:address`)',
  ),
  setting(
    'SELF_WATCH_SECONDS',
    whole(60, 0, 3_600).refine((value) => value === 0 || value >= 10, { error: 'must be 0, or at least 10' }),
    '60',
    'How often a test alert walks through all modules, unseen; if it is late, FALLBACK_TARGET is notified. 0 switches this off',
  ),
  secret(
    'HEARTBEAT_URL',
    url,
    '',
    'Gets a request each time such a test alert passes in time, for a watch outside that raises the alarm when they stop',
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
  setting(
    'NOTIFY_GIVE_UP_AFTER',
    span('120m'),
    '120m',
    'How long delivery is retried before it counts as failed; longer than an outage of a provider',
  ),
  setting(
    'PAGE_REACHED_WITHIN',
    whole(60, 5, 3_600),
    '60',
    'How long a page may take to be accepted, in seconds, before it counts as not reached and the next step runs',
  ),
  setting(
    'BUNDLE_AFTER',
    whole(3, 0, 100),
    '3',
    'How many pages to one address within a minute go at once; more are sent as one message a minute. 0 sends each by itself',
  ),
  setting('OUTGOING_ALLOW', list, '', 'Private addresses or CIDR blocks that users may name as webhook targets'),
  setting(
    'RETENTION_DAYS',
    whole(400, 1, 36_500),
    '400',
    'How long closed incidents, alerts and notifications are kept',
  ),
  setting(
    'HISTORY_DAYS',
    whole(30, 1, 36_500),
    '30',
    'How long the texts of alerts are kept, with their part of the request of the tool',
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
  ...COMPOSE_SETTINGS,
];
