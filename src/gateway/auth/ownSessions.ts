import type { Caller } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import { recordOwn } from '../audit/record';
import type { Session } from '../contract';
import type { Deps } from '../deps';
import { endSession, openSessions } from '../store/sessions';
import { sessionOf, shownSession } from './sessions';

/** The operations of a user on their own sessions. @throws Problem `forbidden` for API keys, which have none */

/** Ends the session of the request. */
export async function logout(deps: Deps, caller: Caller): Promise<{ status: string }> {
  const session = sessionOf(caller);
  await end(deps, session.id, session.userId, caller);
  return { status: 'logged_out' };
}

/** The open sessions of the caller, newest first. */
export async function listOwnSessions({ db, clock }: Deps, caller: Caller): Promise<Session[]> {
  const session = sessionOf(caller);
  const rows = await openSessions(db, session.userId, clock.now());
  return rows.map((row) => shownSession(row, session.id));
}

/** Ends a session of the caller. @throws Problem `not-found` if it is not theirs or has ended */
export async function endOwnSession(deps: Deps, id: string, caller: Caller): Promise<{ status: string }> {
  const { userId } = sessionOf(caller);
  const known = idOf(id);
  if (known === null || !(await end(deps, known, userId, caller))) throw new Problem('not-found', 'Session not found');
  return { status: 'ended' };
}

async function end({ db, clock, identities }: Deps, id: string, userId: string, caller: Caller): Promise<boolean> {
  const ended = await db.transaction(async (trx) => {
    const now = clock.now();
    if (!(await endSession(trx, id, userId, now))) return false;
    const event = { subject: id, actor: caller.actor, data: { user_id: userId }, at: now };
    await recordOwn(trx, [{ kind: 'session.ended', ...event }], caller);
    return true;
  });
  identities.forget();
  return ended;
}
