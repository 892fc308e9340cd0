import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { derived } from '../../scripts/environment';
import { configOf } from '../testing/config';
import type { ConfigFault } from './config';

const faultsOf = (env: Record<string, string>): string[] => {
  try {
    configOf(env);
    return [];
  } catch (error) {
    return (error as ConfigFault).faults;
  }
};

test('an empty environment is a whole configuration: everything in this process, on loopback', () => {
  const config = configOf({});
  expect(config).toMatchObject({
    monolith: true,
    hosted: ['notify', 'oncall', 'incidents', 'alerts', 'gateway'],
    host: '127.0.0.1',
    port: 8080,
    publicUrl: 'http://localhost:8080',
    corsOrigins: ['*'],
    rateLimitRpm: 120,
    notifyGiveUpAfterMs: 7_200_000,
    notificationTimeoutMs: 3_000,
    seedDefaultSchedules: false,
    apiKeys: [],
  });
});

test('blank values count as unset, as compose passes them', () => {
  expect(configOf({ PORT: '', API_KEYS: ' ', DEFAULT_TEAM: '' })).toMatchObject({
    port: 8080,
    apiKeys: [],
    defaultTeam: null,
  });
});

test('every fault is listed at once, each with its variable', () => {
  const faults = faultsOf({ PORT: '99999', LOG_LEVEL: 'loud', DATABASE_URL: 'nowhere', DEFAULT_ROOM: 'ops' });
  expect(faults).toHaveLength(4);
  for (const name of ['PORT', 'LOG_LEVEL', 'DATABASE_URL', 'DEFAULT_ROOM']) {
    expect(faults.some((fault) => fault.startsWith(name))).toBe(true);
  }
});

test.each([
  ['MODE', 'kitchen'],
  ['MODE', 'monolith,alerts'],
  ['AUTH_USERS', 'ada'],
  ['NOTIFY_GIVE_UP_AFTER', 'soon'],
  ['SEED_DEFAULT_SCHEDULES', 'maybe'],
  ['SECRET_KEY', 'short'],
  ['INGEST_RATE', '0'],
  ['RETRY_BACKOFF_BASE', 'x'],
])('%s=%s is refused', (name, value) => {
  expect(faultsOf({ [name]: value }).some((fault) => fault.startsWith(name))).toBe(true);
});

test.each([
  ['90s', 90_000],
  ['60m', 3_600_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['5', 300_000],
])('a span of %s is %d ms', (text, ms) => {
  expect(configOf({ NOTIFY_GIVE_UP_AFTER: text }).notifyGiveUpAfterMs).toBe(ms);
});

test('lists are split and trimmed, and a password may hold a colon', () => {
  const [a, b, c] = ['a'.repeat(16), 'b'.repeat(16), 'c'.repeat(16)] as const;
  const config = configOf({ API_KEYS: `${a}, ${b} ,`, LOGIN_API_KEY: c, AUTH_USERS: 'ada:pass:word,ben: password' });
  expect(config.apiKeys).toEqual([a, b, c]);
  expect(config.authUsers).toEqual([
    { username: 'ada', password: 'pass:word' },
    { username: 'ben', password: ' password' },
  ]);
});

test.each([
  ['API_KEYS', { API_KEYS: `${'a'.repeat(16)},${'b'.repeat(15)}` }, 'at least 16 characters'],
  ['LOGIN_API_KEY', { LOGIN_API_KEY: 'admin' }, 'at least 16 characters'],
  ['AUTH_USERS', { AUTH_USERS: 'ada:secret7' }, 'password of ada must have at least 8 characters'],
  ['AUTH_USERS', { AUTH_USERS: 'System:long enough' }, 'the name System is reserved'],
])('a guessable credential or a reserved name in %s refuses the start', (name, env, why) => {
  const faults = faultsOf(env);
  expect(faults).toEqual([expect.stringContaining(why)]);
  expect(faults[0]).toContain(name);
  expect(faults[0]).not.toMatch(/bbbb|secret7/);
});

test('a secret can come from a file, and an unreadable file is named', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'tocsin-')), 'key');
  writeFileSync(file, 'a secret of 16 and more\n');
  expect(configOf({ SECRET_KEY_FILE: file }).secretKey).toBe('a secret of 16 and more');
  expect(faultsOf({ SECRET_KEY_FILE: `${file}.gone` })).toEqual([expect.stringContaining('SECRET_KEY_FILE')]);
});

test('a placeholder is no secret', () => {
  expect(faultsOf({ SECRET_KEY: '<CHANGE_ME>' })).toEqual([expect.stringContaining('SECRET_KEY')]);
});

test('one service alone needs its database, the token, the key and the neighbours below it', () => {
  const faults = faultsOf({ MODE: 'incidents' });
  for (const name of ['INTERNAL_TOKEN', 'SECRET_KEY', 'INCIDENTS_DATABASE_URL', 'ONCALL_URL', 'NOTIFY_URL']) {
    expect(faults.some((fault) => fault.startsWith(name))).toBe(true);
  }
  expect(faults.some((fault) => fault.startsWith('ALERTS_URL'))).toBe(false);
});

test('one service starts with the settings that it needs', () => {
  const config = configOf({
    MODE: 'oncall',
    INTERNAL_TOKEN: 'a token between services',
    SECRET_KEY: 'a key that signs links',
    ONCALL_DATABASE_URL: 'postgres://u:p@db/oncall_db',
    NOTIFY_URL: 'http://notify:8004',
  });
  expect(config).toMatchObject({ monolith: false, hosted: ['oncall'] });
});

test('a trailing slash of PUBLIC_URL does not double in links', () => {
  expect(configOf({ PUBLIC_URL: 'https://tocsin.example.com/' }).publicUrl).toBe('https://tocsin.example.com');
});

const read = (file: string) => readFileSync(join(__dirname, '../..', file), 'utf8');

test.each(derived(read))('%s holds what derives from the settings and the channels', (file, text) => {
  expect(read(file)).toBe(text);
});
