import type { Ports } from '../ports';
import { channelWords } from '../text/channels';
import { happened as words } from '../text/incident';
import { notifications } from '../text/notifications';
import { took } from '../ui/times';
import type { Sentence } from './timelineSentence';

/** The deliveries of an incident as sentences of its timeline. */
export type Deliveries = Awaited<ReturnType<Ports['notify']['ofIncident']>>['notifications'];
type Delivery = Deliveries[number];
type Attempt = Delivery['attempts'][number];

export interface Happened {
  id: string;
  at: string;
  sentence: Sentence;
}

/** A person by name, a room by its address. */
export const recipientName = ({ person, recipient }: Pick<Delivery, 'person' | 'recipient'>): string =>
  person?.name ?? recipient;
const channelOf = ({ channel }: Pick<Delivery, 'channel'>): string => notifications.channelTitle(channel);
const reasonOf = (reason: string | null): string =>
  reason === null ? words.noReason : (notifications.reasons[reason] ?? reason);

const said = (tone: Sentence['tone'], text: string, because?: string): Sentence => ({
  kind: 'deliveries',
  icon: tone === 'bad' ? 'warn' : 'sent',
  tone,
  who: null,
  text,
  because,
});

/** The words for the result of a page, of another message, or of a notice. */
function wordsFor({ outcome }: Delivery): Pick<typeof words, 'delivered' | 'undelivered' | 'notSent'> {
  if (outcome === null) return words;
  const { notice } = words;
  return {
    delivered: (name, channel, lasted) => notice.delivered(notice[outcome], name, channel, lasted),
    undelivered: (name, channel) => notice.undelivered(notice[outcome], name, channel),
    notSent: (name, channel) => notice.notSent(notice[outcome], name, channel),
  };
}

function tried(of: Delivery, { attempt, outcome, reason, duration_ms }: Attempt): Sentence {
  const [name, channel, lasted] = [recipientName(of), channelOf(of), took(duration_ms)];
  // A manual message to a channel that only records.
  if (channelWords[of.channel]?.recordsOnly && outcome === 'sent') return said('', words.recorded(name));
  if (outcome === 'sent') return said('on', wordsFor(of).delivered(name, channel, lasted), words.attempt(attempt));
  return said('bad', wordsFor(of).undelivered(name, channel), `${words.attempt(attempt)}: ${reasonOf(reason)}`);
}

const attempted = (of: Delivery, attempt: Attempt): Happened => ({
  id: `${of.id} ${attempt.attempt}`,
  at: attempt.started_at,
  sentence: tried(of, attempt),
});

/** The report of a provider about a sent message; that it was accepted shows at the attempt. */
const reportedOf =
  (of: Delivery) =>
  ({ attempt, state, reason, at }: Delivery['receipts'][number]): Happened[] => {
    if (state === 'sent') return [];
    const [name, channel] = [recipientName(of), channelOf(of)];
    const sentence =
      state === 'delivered'
        ? said('on', words.arrived(name, channel))
        : said('bad', words.notArrived(name, channel), reasonOf(reason));
    return [{ id: `${of.id} ${attempt} ${state}`, at, sentence }];
  };

/** One entry per attempt and receipt, and one per notification that ended without an attempt. */
export function deliveriesAsSentences(of: Deliveries): Happened[] {
  return of.flatMap((each): Happened[] => {
    if (each.attempts.length > 0) {
      return [...each.attempts.map((attempt) => attempted(each, attempt)), ...each.receipts.flatMap(reportedOf(each))];
    }
    if (each.status === 'recorded') {
      return [{ id: each.id, at: each.created_at, sentence: said('bad', words.recorded(recipientName(each))) }];
    }
    if (each.status !== 'failed' && each.status !== 'cancelled') return [];
    const sentence =
      each.status === 'failed'
        ? said('bad', wordsFor(each).undelivered(recipientName(each), channelOf(each)), reasonOf(each.reason))
        : said('', wordsFor(each).notSent(recipientName(each), channelOf(each)), reasonOf(each.reason));
    return [{ id: each.id, at: each.created_at, sentence }];
  });
}
