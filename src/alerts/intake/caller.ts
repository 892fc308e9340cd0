import type { Caller } from '../../kernel/ports/contract';
import type { SavedCaller } from '../domain';

/** The part of a caller that is kept with jobs. */
export const savedCaller = ({ actor, kind, requestId }: Caller): SavedCaller => ({ actor, kind, requestId });

/** The caller of a job. It has no Idempotency-Key: that key belongs to the client's command, not to calls of incidents. */
export const callerOf = (by: SavedCaller): Caller => ({ ...by, role: null, email: null });
