import { groupCommit, type Member } from '../../kernel/async/groupCommit';
import type { Clock } from '../../kernel/clock';
import { minutes, seconds } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { Caller, Role } from '../../kernel/ports/contract';
import { ENVIRONMENT_KEY } from '../../kernel/ports/values';
import { hashOf, kindOf } from '../domain';
import { keysByHash, noteUse } from '../store/keys';
import { noteSeen, type SessionOfUser, sessionsByHash } from '../store/sessions';

/** The owner of a credential. */
export interface Identity {
  kind: 'user' | 'key';
  actor: string;
  /** Id of the user or key. */
  id: string;
  role: Role;
  email: string | null;
  /** Hash of the credential; its requests are counted by it. */
  credential: string;
  session?: { id: string; userId: string; expiresAt: Date };
}

/** `unknown`: no such credential, or a revoked key. `ended`: a session that is over. */
export type IdentityResult = Identity | 'unknown' | 'ended';

/** The caller as the gateway's own operations get it. */
export interface GatewayCaller extends Caller {
  session?: Identity['session'];
  client?: { address: string; userAgent: string; device?: string | undefined };
  /** Whether the credential still belongs to the same caller with the same role. */
  stillGood?: () => Promise<boolean>;
}

export interface Identities {
  /**
   * The owner of a credential, from memory for a few seconds.
   * @throws Problem `unavailable` if the database is down and the credential is not remembered
   */
  of(credential: string): Promise<IdentityResult>;
  /** The owner of a credential, if memory has it; else null. */
  known(credential: string): Identity | null;
  /**
   * Reads the credential from the database and not from memory, so that a revocation before this call counts. Calls that
   * arrive together share a query.
   * @throws Problem `unavailable` if the database cannot answer
   */
  confirmed(credential: string): Promise<IdentityResult>;
  /** Clears the memory. Called when this process changes a session, a user or a key. */
  forget(): void;
  /** Reads each credential from the database before its next use. Called when another process may have changed one. */
  revalidate(): void;
}

/** How long an answer is used without a query, in case the notice of a revocation by another process is lost. */
const TRUSTED_MS = seconds(5);
/** How long a valid credential works while the database is down, because alerts must be accepted. */
const OFFLINE_MS = minutes(10);
const MAX_REMEMBERED = 10_000;
const USE_SAVED_EVERY_MS = minutes(1);

type CredentialKind = 'session' | 'key';

/** A credential in the group of those that the next query reads. */
interface Confirmation extends Member {
  lane: CredentialKind;
  credential: string;
}

interface Memory {
  verdict: IdentityResult;
  askedAt: number;
  confirmedAt: number;
}

/** What the functions of this file share. */
interface State {
  db: Db;
  clock: Clock;
  /** Keys of the environment, by hash. */
  fixed: ReadonlyMap<string, Identity>;
  memories: Map<string, Memory>;
  /** Running queries, by hash. */
  reading: Map<string, Promise<IdentityResult>>;
  /** Grows when the memory is cleared; the result of an older query is not remembered. */
  generation: number;
}

/** Finds the owners of credentials, with a memory of the last ten thousand. */
export function createIdentities(db: Db, clock: Clock, environmentKeys: readonly string[]): Identities {
  const fixed = new Map(environmentKeys.map((key, at) => [hex(key), environmentIdentity(hex(key), at + 1)]));
  const state: State = { db, clock, fixed, memories: new Map(), reading: new Map(), generation: 0 };
  const confirmations = groupCommit<Confirmation, IdentityResult>({ handle: (members) => confirm(state, members) });
  return {
    known(credential) {
      const verdict = remembered(state, hex(credential));
      return typeof verdict === 'object' ? verdict : null;
    },
    async confirmed(credential) {
      const hash = hex(credential);
      const fromEnvironment = fixed.get(hash);
      if (fromEnvironment) return fromEnvironment;
      const lane = kindOf(credential);
      return lane === null ? 'unknown' : confirmations.submit({ lane, key: hash, credential });
    },
    of: async (credential) => verdictOf(state, credential),
    forget() {
      state.generation += 1;
      state.memories.clear();
      state.reading.clear();
    },
    revalidate() {
      state.generation += 1;
      for (const memory of state.memories.values()) memory.askedAt = Number.NEGATIVE_INFINITY;
      state.reading.clear();
    },
  };
}

/** The owner of a credential, from memory or by a query that all callers at this moment share. */
async function verdictOf(state: State, credential: string): Promise<IdentityResult> {
  const hash = hex(credential);
  const verdict = remembered(state, hash);
  if (verdict !== undefined) return verdict;
  const kind = kindOf(credential);
  if (kind === null) return 'unknown';
  const { reading } = state;
  const answer =
    reading.get(hash) ?? readAndRemember(state, credential, hash, kind).finally(() => reading.delete(hash));
  reading.set(hash, answer);
  return answer;
}

/** The owner of a credential by its hash, from the environment or from memory. */
function remembered({ fixed, memories, clock }: State, hash: string): IdentityResult | undefined {
  const fromEnvironment = fixed.get(hash);
  if (fromEnvironment) return fromEnvironment;
  const memory = memories.get(hash);
  const now = clock.now();
  return memory && now.getTime() - memory.askedAt < TRUSTED_MS ? asOfNow(memory.verdict, now) : undefined;
}

/** Reads a credential. If the database is down, memory answers for ten minutes. */
async function readAndRemember(
  state: State,
  credential: string,
  hash: string,
  kind: CredentialKind,
): Promise<IdentityResult> {
  const asOf = state.generation;
  const now = state.clock.now().getTime();
  try {
    const [verdict] = (await read(state, kind, [credential])) as [IdentityResult];
    if (asOf === state.generation) remember(state, hash, { verdict, askedAt: now, confirmedAt: now });
    return verdict;
  } catch (error) {
    const memory = state.memories.get(hash);
    if (!memory || now - memory.confirmedAt > OFFLINE_MS) throw error;
    remember(state, hash, { ...memory, askedAt: now });
    return asOfNow(memory.verdict, state.clock.now());
  }
}

function remember({ memories }: State, hash: string, memory: Memory): void {
  memories.delete(hash);
  memories.set(hash, memory);
  const [eldest] = memories.keys();
  if (memories.size > MAX_REMEMBERED && eldest !== undefined) memories.delete(eldest);
}

const confirm = (state: State, members: readonly Confirmation[]): Promise<IdentityResult[]> =>
  read(
    state,
    (members[0] as Confirmation).lane,
    members.map(({ credential }) => credential),
  );

const read = ({ db, clock }: State, kind: CredentialKind, credentials: string[]): Promise<IdentityResult[]> =>
  (kind === 'session' ? bySession : byKey)(db, clock.now(), credentials);

const hex = (credential: string): string => hashOf(credential).toString('hex');

const idOfEnvironment = (hash: string): string => `${ENVIRONMENT_KEY}${hash.slice(0, 32)}`;

/** The id of a key from the environment. */
export const environmentId = (key: string): string => idOfEnvironment(hex(key));

/** A key of the environment. It is found by its hash, so the time of the comparison gives no hint about the key. */
const environmentIdentity = (credential: string, number: number): Identity => ({
  kind: 'key',
  actor: `environment key ${number}`,
  id: idOfEnvironment(credential),
  role: 'admin',
  email: null,
  credential,
});

/** A remembered session may have expired since. */
function asOfNow(verdict: IdentityResult, now: Date): IdentityResult {
  if (typeof verdict === 'string' || verdict.session === undefined) return verdict;
  return verdict.session.expiresAt <= now ? 'ended' : verdict;
}

async function bySession(db: Db, now: Date, tokens: string[]): Promise<IdentityResult[]> {
  const rows = await sessionsByHash(db, tokens.map(hashOf));
  const ended = (row: SessionOfUser) =>
    row.username === null || row.disabled || row.ended_at !== null || row.expires_at <= now;
  const due = rows.filter((row) => !ended(row) && isDue(row.last_seen_at, now)).map(({ id }) => id);
  if (due.length > 0) await noteSeen(db, due, now);
  const byHash = new Map(rows.map((row) => [row.token_hash.toString('hex'), row]));
  return tokens.map((token): IdentityResult => {
    const credential = hex(token);
    const row = byHash.get(credential);
    if (row === undefined) return 'unknown';
    if (row.username === null || ended(row)) return 'ended';
    return {
      kind: 'user',
      actor: row.username,
      id: row.user_id,
      role: row.role,
      email: row.email,
      credential,
      session: { id: row.id, userId: row.user_id, expiresAt: row.expires_at },
    };
  });
}

async function byKey(db: Db, now: Date, secrets: string[]): Promise<IdentityResult[]> {
  const rows = await keysByHash(db, secrets.map(hashOf));
  const due = rows.filter((row) => row.revoked_at === null && isDue(row.last_used_at, now)).map(({ id }) => id);
  if (due.length > 0) await noteUse(db, due, now);
  const byHash = new Map(rows.map((row) => [row.key_hash.toString('hex'), row]));
  return secrets.map((secret): IdentityResult => {
    const credential = hex(secret);
    const row = byHash.get(credential);
    if (row === undefined || row.revoked_at !== null) return 'unknown';
    return { kind: 'key', actor: row.name, id: row.id, role: row.role, email: null, credential };
  });
}

/** Whether the time of the last use is older than a minute, so that it is saved again. */
const isDue = (saved: Date | null, now: Date): boolean => now.getTime() - (saved?.getTime() ?? 0) >= USE_SAVED_EVERY_MS;
