import { Problem, unavailable } from '../ports/problem';

/**
 * Admission of requests before they are read, so that a sender with many connections does not delay the others: each
 * request costs turns of the event loop, and a single one waits behind all that were admitted before it.
 *
 * The requests of a sender that are in progress may have so many bytes in all, fewer for a second after a request of another
 * sender; one may always be in progress. Further ones wait in their order. Nothing of a waiting request has been read or
 * accepted.
 */
export interface FairTurns {
  /**
   * Waits for a turn of a sender.
   * @param bytes of the request
   * @param signal aborted if the client disconnects; its place is given up then
   * @returns a function to call once when the request is done
   * @throws Problem `unavailable` if too many requests wait, `malformed` if the client disconnects first
   */
  enter(sender: string, bytes: number, signal?: AbortSignal): Promise<() => void>;
}

export interface FairTurnsOptions {
  /** Bytes of the requests of one sender in progress while others send too. */
  most: number;
  /** The same of a sender that is alone. All of them are before the first request of the next sender. */
  mostAlone: number;
  /** How many requests of all senders may wait. */
  mostWaiting?: number;
}

/** So long after a change of the sender, all senders are limited. */
const SHARED_FOR_MS = 1_000;

interface Sender {
  running: number;
  /** Bytes of the running requests. */
  bytes: number;
  waiting: Set<Waiting>;
}

interface Waiting {
  bytes: number;
  begin(): void;
}

export function fairTurns({ most, mostAlone, mostWaiting = 2_000 }: FairTurnsOptions): FairTurns {
  const senders = new Map<string, Sender>();
  let lastSender: string | undefined;
  let sharedUntil = 0;
  let waitingInAll = 0;

  const limit = (): number => (performance.now() < sharedUntil ? most : mostAlone);
  const hasTurn = (sender: Sender, bytes: number): boolean => sender.running === 0 || sender.bytes + bytes <= limit();

  function leave(name: string, sender: Sender, bytes: number): void {
    sender.running -= 1;
    sender.bytes -= bytes;
    for (const next of sender.waiting) {
      if (!hasTurn(sender, next.bytes)) break;
      next.begin();
    }
    if (sender.running === 0 && sender.waiting.size === 0) senders.delete(name);
  }

  /** Counts a request as running. @returns its end, which has an effect once */
  function begin(name: string, sender: Sender, bytes: number): () => void {
    sender.running += 1;
    sender.bytes += bytes;
    let ended = false;
    return () => {
      if (!ended) leave(name, sender, bytes);
      ended = true;
    };
  }

  function wait(name: string, sender: Sender, bytes: number, signal?: AbortSignal): Promise<() => void> {
    if (waitingInAll >= mostWaiting) throw unavailable('Too many requests are waiting. Send this again later.', 1);
    waitingInAll += 1;
    return new Promise((resolve, reject) => {
      const stopWaiting = (): void => {
        waitingInAll -= 1;
        sender.waiting.delete(next);
        signal?.removeEventListener('abort', gone);
      };
      const gone = (): void => {
        stopWaiting();
        reject(new Problem('malformed', 'The client closed the connection before its turn.'));
      };
      const next: Waiting = {
        bytes,
        begin() {
          stopWaiting();
          resolve(begin(name, sender, bytes));
        },
      };
      sender.waiting.add(next);
      signal?.addEventListener('abort', gone);
    });
  }

  return {
    async enter(name, bytes, signal) {
      if (name !== lastSender) {
        if (lastSender !== undefined) sharedUntil = performance.now() + SHARED_FOR_MS;
        lastSender = name;
      }
      const sender = senders.get(name) ?? { running: 0, bytes: 0, waiting: new Set() };
      senders.set(name, sender);
      if (sender.waiting.size === 0 && hasTurn(sender, bytes)) return begin(name, sender, bytes);
      return wait(name, sender, bytes, signal);
    },
  };
}
