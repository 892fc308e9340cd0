import type { Request } from 'express';
import type { FairTurns } from '../../kernel/async/fairTurns';

/** What a request without a length counts as, in bytes. */
const UNKNOWN_LENGTH = 64 * 1024;

/** Runs `work` when the sender has a turn. @throws Problem as `FairTurns.enter` */
export async function inTurn<T>(turns: FairTurns, sender: string, req: Request, work: () => Promise<T>): Promise<T> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  req.socket.once('close', leave);
  try {
    const end = await turns.enter(sender, Number(req.get('content-length') ?? UNKNOWN_LENGTH), gone.signal);
    return await work().finally(end);
  } finally {
    req.socket.off('close', leave);
  }
}
