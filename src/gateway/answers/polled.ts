import { type Follower, follow } from '../../kernel/events/follow';
import { enqueue } from '../../kernel/jobs/jobs';
import { systemCaller } from '../../kernel/ports/contract';
import type { Deps } from '../deps';
import { commandInWords } from './commands';
import { performAll } from './perform';
import { readerOf } from './person';

/** Updates that notify fetched from a provider: the gateway follows their events, acts, and notify words the result. */

const POLLED = 'update_polled';

/** The id of an update. */
export interface PolledUpdate {
  id: string;
}

/** Enqueues a job for each update in the transaction that moves the cursor, because a follower calls no port. */
export function followPolled({ db, clock, log, ports }: Pick<Deps, 'db' | 'clock' | 'log' | 'ports'>): Follower {
  const caller = systemCaller('gateway-follows-notify');
  return follow({
    ...{ db, clock, log, name: 'answers', source: 'notify' },
    read: (after, wait_ms, limit) => ports.notify.events({ ...(after !== null && { after }), wait_ms, limit }, caller),
    concerns: ({ kind }) => kind === POLLED,
    handle: (trx, events) =>
      enqueue(
        trx,
        clock.now(),
        events.map(({ subject: id }) => ({ kind: 'polled_update', key: `polled:${id}`, payload: { id } })),
      ),
  });
}

type TakeDeps = Pick<Deps, 'db' | 'ports' | 'log'> & { publicUrl: string };

/** Takes one update. Notify lets each answer act once, so the job can be repeated. */
export async function takePolled(deps: TakeDeps, { id }: PolledUpdate): Promise<void> {
  const { notify } = deps.ports;
  const requestId = `polled-${id}`;
  const reader = readerOf(requestId);
  const { read } = await notify.takePolled({ id }, reader);
  if (read === null) return;
  const origin = { requestId, via: read.channel };
  const results = await performAll(deps, read.answers, origin);
  const command_words = read.command && (await commandInWords(deps, read.command, origin));
  await notify.replyInbound({ channel: read.channel, content: read.content, results, command_words }, reader);
}
