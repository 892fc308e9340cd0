import { groupCommit, type Member } from '../../kernel/async/groupCommit';
import type { Clock } from '../../kernel/clock';
import { minutes, seconds } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { Caller, Role } from '../../kernel/ports/contract';
import { ENVIRONMENT_KEY } from '../../kernel/ports/values';
import { hashOf, kindOf } from '../domain';
import { keysByHash, noteUse } from '../store/keys';
import { noteSeen, type SessionOfUser, sessionsByHash } from '../store/sessions';

/** Who a credential belongs to. */
export interface Identity {
  kind: 'user' | 'key';
  actor: string;
  /** Of the user or key. */
  id: string;
  role: Role;
  email: string | null;
  /** Hash of the credential, by which its requests are counted. */
  credential: string;
  session?: { id: string; userId: string; expiresAt: Date };
}

export type Verdict = Identity | 'unknown' | 'ended';

/** What only the gateway knows of a caller; its own operations are asked with it. */
export interface GatewayCaller extends Caller {
  session?: Identity['session'];
  client?: { address: string; userAgent: string; device?: string | undefined };
  /** Whether the credential still grants what it granted when the request came. */
  stillGood?: () => Promise<boolean>;
}

export interface Identities {
  /** @throws Problem `unavailable` where the database cannot say and nobody remembers */
  of(credential: string): Promise<Verdict>;
  /** Who a credential belongs to, where that is known without asking anybody. */
  known(credential: string): Identity | null;
  /**
   * Reads the credential from the database, whatever is remembered of it: a revocation that was answered before this call
   * is seen. Calls that arrive together share a query.
   * @throws Problem `unavailable` if the database cannot answer
   */
  confirmed(credential: string): Promise<Verdict>;
  /** Forgets what is remembered; called when a session, user or key of this process changes. */
  forget(): void;
  /** Believes nothing without asking again; called when another process may have changed something. */
  revalidate(): void;
}

/** So long an answer is believed without asking again, should the news of a revocation by another process be lost. */
const BELIEVED_MS = seconds(5);
/** While the database is away, a credential that was good goes on working, because alerts must come in. */
const REMEMBERED_MS = minutes(10);
const REMEMBER_AT_MOST = 10_000;
const USE_NOTED_EVERY_MS = minutes(1);

type CredentialKind = 'session' | 'key';

/** A credential of which the database is asked again. */
interface Shown extends Member {
  lane: CredentialKind;
  credential: string;
}

interface Memory {
  verdict: Verdict;
  askedAt: number;
  confirmedAt: number;
}

export function createIdentities(db: Db, clock: Clock, environmentKeys: readonly string[]): Identities {
  const fixed = new Map(environmentKeys.map((key, at) => [hex(key), environmentIdentity(hex(key), at + 1)]));
  const memories = new Map<string, Memory>();
  const asking = new Map<string, Promise<Verdict>>();
  let generation = 0;

  const read = (kind: CredentialKind, credentials: string[]): Promise<Verdict[]> =>
    (kind === 'session' ? bySession : byKey)(db, clock.now(), credentials);
  const confirmations = groupCommit<Shown, Verdict>({
    handle: (members) =>
      read(
        (members[0] as Shown).lane,
        members.map(({ credential }) => credential),
      ),
  });

  async function look(credential: string, hash: string, kind: CredentialKind): Promise<Verdict> {
    const asOf = generation;
    const now = clock.now().getTime();
    try {
      const [verdict] = (await read(kind, [credential])) as [Verdict];
      if (asOf === generation) remember(hash, { verdict, askedAt: now, confirmedAt: now });
      return verdict;
    } catch (error) {
      const memory = memories.get(hash);
      if (!memory || now - memory.confirmedAt > REMEMBERED_MS) throw error;
      remember(hash, { ...memory, askedAt: now });
      return current(memory.verdict, clock.now());
    }
  }

  function remember(hash: string, memory: Memory): void {
    memories.delete(hash);
    memories.set(hash, memory);
    const [eldest] = memories.keys();
    if (memories.size > REMEMBER_AT_MOST && eldest !== undefined) memories.delete(eldest);
  }

  /** What is believed of a credential by its hash. */
  function believed(hash: string): Verdict | undefined {
    const given = fixed.get(hash);
    if (given) return given;
    const memory = memories.get(hash);
    const now = clock.now();
    return memory && now.getTime() - memory.askedAt < BELIEVED_MS ? current(memory.verdict, now) : undefined;
  }

  return {
    known(credential) {
      const verdict = believed(hex(credential));
      return typeof verdict === 'object' ? verdict : null;
    },
    async confirmed(credential) {
      const hash = hex(credential);
      const given = fixed.get(hash);
      if (given) return given;
      const lane = kindOf(credential);
      return lane === null ? 'unknown' : confirmations.submit({ lane, key: hash, credential });
    },
    async of(credential) {
      const hash = hex(credential);
      const verdict = believed(hash);
      if (verdict !== undefined) return verdict;
      const kind = kindOf(credential);
      if (kind === null) return 'unknown';
      const asked = asking.get(hash) ?? look(credential, hash, kind).finally(() => asking.delete(hash));
      asking.set(hash, asked);
      return asked;
    },
    forget() {
      generation += 1;
      memories.clear();
      asking.clear();
    },
    revalidate() {
      generation += 1;
      for (const memory of memories.values()) memory.askedAt = Number.NEGATIVE_INFINITY;
      asking.clear();
    },
  };
}

const hex = (credential: string): string => hashOf(credential).toString('hex');

const idOfEnvironment = (hash: string): string => `${ENVIRONMENT_KEY}${hash.slice(0, 32)}`;

/** The id of a key from the environment. */
export const environmentId = (key: string): string => idOfEnvironment(hex(key));

/** Found by its hash: comparing takes the same time whatever the difference is, because hashes do not lead to keys. */
const environmentIdentity = (credential: string, number: number): Identity => ({
  kind: 'key',
  actor: `environment key ${number}`,
  id: idOfEnvironment(credential),
  role: 'admin',
  email: null,
  credential,
});

/** A session that was good may have expired since. */
function current(verdict: Verdict, now: Date): Verdict {
  if (typeof verdict === 'string' || verdict.session === undefined) return verdict;
  return verdict.session.expiresAt <= now ? 'ended' : verdict;
}

async function bySession(db: Db, now: Date, tokens: string[]): Promise<Verdict[]> {
  const rows = await sessionsByHash(db, tokens.map(hashOf));
  const ended = (row: SessionOfUser) =>
    row.username === null || row.disabled || row.ended_at !== null || row.expires_at <= now;
  const due = rows.filter((row) => !ended(row) && isDue(row.last_seen_at, now)).map(({ id }) => id);
  if (due.length > 0) await noteSeen(db, due, now);
  const byHash = new Map(rows.map((row) => [row.token_hash.toString('hex'), row]));
  return tokens.map((token): Verdict => {
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

async function byKey(db: Db, now: Date, secrets: string[]): Promise<Verdict[]> {
  const rows = await keysByHash(db, secrets.map(hashOf));
  const due = rows.filter((row) => row.revoked_at === null && isDue(row.last_used_at, now)).map(({ id }) => id);
  if (due.length > 0) await noteUse(db, due, now);
  const byHash = new Map(rows.map((row) => [row.key_hash.toString('hex'), row]));
  return secrets.map((secret): Verdict => {
    const credential = hex(secret);
    const row = byHash.get(credential);
    if (row === undefined || row.revoked_at !== null) return 'unknown';
    return { kind: 'key', actor: row.name, id: row.id, role: row.role, email: null, credential };
  });
}

/** Whether the use of a credential is to be noted again. */
const isDue = (noted: Date | null, now: Date): boolean => now.getTime() - (noted?.getTime() ?? 0) >= USE_NOTED_EVERY_MS;
