import { randomUUID } from 'node:crypto';
import { days } from '../../kernel/clock';
import { BY_SYSTEM, SYSTEM_ACTOR } from '../../kernel/events/events';
import { recordOwn } from '../audit/record';
import { addKey } from '../auth/keys';
import type { Deps } from '../deps';
import { hashOf, newSetupToken } from '../domain';
import { noKeyEver } from '../store/keys';
import { lockFirstRun, replaceToken } from '../store/setup';
import { insertUser, noUserYet, userByName } from '../store/users';

/** How the first administrator logs in. */
export interface FirstRun {
  setupUrl?: string;
  /** A first admin key; shown at the very first start only. */
  apiKey?: string;
}

const LINK_VALID_MS = days(1);

/**
 * Creates a new one-time link at each start while there is no user; null if a user exists or the environment has users or
 * keys. If several processes start together, the link of the last one works.
 */
export async function firstRun({ db, clock, settings }: Deps): Promise<FirstRun | null> {
  if (settings.authUsers.length > 0 || settings.apiKeys.length > 0) return null;
  return db.transaction(async (trx) => {
    await lockFirstRun(trx);
    if (!(await noUserYet(trx))) return null;
    const now = clock.now();
    const token = newSetupToken();
    await replaceToken(trx, hashOf(token), now, new Date(now.getTime() + LINK_VALID_MS));
    const setupUrl = `${settings.publicUrl}/setup?token=${token}`;
    if (!(await noKeyEver(trx))) return { setupUrl };
    const { api_key } = await addKey(trx, { name: 'first key', role: 'admin', by: BY_SYSTEM, now });
    return { setupUrl, apiKey: api_key };
  });
}

/**
 * Adds the missing users of AUTH_USERS as administrators. Existing users stay as they are. Names are not compared with
 * other names: the operator decides them, and must be able to log in.
 */
export async function addEnvironmentUsers({ db, clock, settings, passwords }: Deps): Promise<void> {
  for (const { username, password } of settings.authUsers) {
    if (await userByName(db, username)) continue;
    const passwordHash = await passwords.hash(password);
    await db.transaction(async (trx) => {
      const now = clock.now();
      const user = await insertUser(trx, { id: randomUUID(), username, email: null, role: 'admin', passwordHash, now });
      if (user === null) return;
      const data = { username, role: 'admin', from: 'AUTH_USERS' };
      await recordOwn(trx, [{ kind: 'user.created', subject: user.id, actor: SYSTEM_ACTOR, data, at: now }], BY_SYSTEM);
    });
  }
}
