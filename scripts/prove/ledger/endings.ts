import { groups, type LedgerInput, type Line, line, type Tables } from './input';

/** How the pages of the run ended, and what providers reported about them. */

export const ACCEPTED: readonly string[] = ['sent', 'delivered', 'undelivered'];

/** One page of a person: by contact methods, or to the address of the schedule entry alone, which has no row of its own. */
export interface PersonPage {
  id: string;
  incidentId: string;
  key: string;
  person: string;
  /** The actor of this person's answers. */
  email: string | null;
  byMethods: boolean;
  state: string | null;
  reason: string | null;
  messages: Tables['notifications'];
}

export const ENDINGS = ['answered', 'reached', 'cancelled', 'not reached'] as const;
export type Ending = (typeof ENDINGS)[number];

export function pagesOf({ pages, notifications }: Tables): PersonPage[] {
  const paging = notifications.filter(({ audience, is_notice }) => audience === 'person' && !is_notice);
  const messagesOf = groups(paging, ({ page_id }) => page_id ?? '');
  const planned = pages.map((page) => ({
    ...{ id: page.id, incidentId: page.incident_id, key: page.told_key, person: page.person_name },
    ...{ email: page.person_email, byMethods: true, state: page.state, reason: page.reason },
    messages: messagesOf.get(page.id) ?? [],
  }));
  const direct = groups(messagesOf.get('') ?? [], (one) => `${one.told_key ?? one.id} ${one.person_email}`);
  const others = [...direct.values()].map((messages) => {
    const [first] = messages as [Tables['notifications'][number]];
    return {
      ...{ id: first.id, incidentId: first.incident_id, key: first.told_key ?? '', person: first.person_name ?? '' },
      ...{ email: first.person_email, byMethods: false, state: null, messages },
      reason: messages.find(({ reason }) => reason !== null)?.reason ?? null,
    };
  });
  return [...planned, ...others];
}

const ANSWERS = ['acknowledged', 'resolved'];

/** The entry in which this person answered the incident; undefined if another one did, or no one. */
export const answerTo = ({ email }: PersonPage, entries: Tables['timeline']): Tables['timeline'][number] | undefined =>
  entries.find(({ event_type, actor }) => ANSWERS.includes(event_type) && actor === email);

/** Why a page is over; null if nothing says so. A page that is over without an accepted message needs a reason. */
export function endingOf(page: PersonPage, entries: Tables['timeline']): Ending | null {
  const { state, reason, messages, byMethods } = page;
  const reached = messages.some(({ status }) => ACCEPTED.includes(status));
  const over = byMethods ? state === 'done' || state === 'unreached' || state === 'cancelled' : true;
  if (!over || messages.some(({ status }) => status === 'queued')) return null;
  if (answerTo(page, entries) !== undefined) return 'answered';
  if (reached) return 'reached';
  if (reason === null) return null;
  const cancelled = byMethods ? state === 'cancelled' : messages.every(({ status }) => status === 'cancelled');
  return cancelled ? 'cancelled' : state === 'done' ? null : 'not reached';
}

export function linesOfEndings({ tables, tries, receipts }: LedgerInput): Line[] {
  const entriesOf = groups(tables.timeline, ({ incident_id }) => incident_id);
  const pages = pagesOf(tables);
  const ended = pages.map((page) => ({ page, ending: endingOf(page, entriesOf.get(page.incidentId) ?? []) }));
  const open = ended.filter(({ ending }) => ending === null);
  return [
    line(
      'pages of people, each ended for a reason',
      pages.length,
      open.map(({ page: { id, person, state, reason, messages } }) => {
        const said = messages.map(({ channel, status }) => `${channel} ${status}`).join(', ');
        return `page ${id} of ${person} is ${state} (${reason}): ${said || 'no message'}`;
      }),
    ),
    ...ENDINGS.map((wanted) => line(`  ${wanted}`, ended.filter(({ ending }) => ending === wanted).length)),
    line('reports of providers that were taken, each kept', receipts.length, forgottenReceipts(receipts, tables)),
    line(
      'attempts that said their number, each made once',
      [...tries.values()].reduce((sum, numbers) => sum + numbers.length, 0),
      [...tries].flatMap(([id, numbers]) =>
        new Set(numbers).size === numbers.length ? [] : [`${id} arrived by the attempts ${numbers.join(', ')}`],
      ),
    ),
  ];
}

/** A report moves a status forward only, and `delivered` wins, whenever it comes. */
function forgottenReceipts(receipts: LedgerInput['receipts'], { notifications }: Tables): string[] {
  const statusOf = new Map(notifications.map(({ id, status }) => [id, status]));
  return [...groups(receipts, ({ notificationId }) => notificationId)].flatMap(([id, reports]) => {
    const delivered = reports.some(({ state }) => state === 'delivered');
    const sent = reports.some(({ state }) => state === 'sent');
    const status = statusOf.get(id) ?? 'unknown';
    if (delivered && status !== 'delivered') return [`${id} was reported as delivered and is ${status}`];
    return sent && !ACCEPTED.includes(status) ? [`${id} was reported as sent and is ${status}`] : [];
  });
}
