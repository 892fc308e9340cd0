import type { Ports } from '../ports';
import { acknowledgementWords } from '../text/acknowledgements';
import { happened as words } from '../text/incident';
import { parts } from '../text/parts';
import { span, when } from '../ui/times';
import { missingIn, routedBecause } from './routedSentence';

/** An entry of the timeline as a sentence. Pure: the post-mortem uses the same sentences. */
export type Whole = Awaited<ReturnType<Ports['incidents']['get']>>;
export type Entry = Whole['timeline'][number];
export type Kind = 'people' | 'pages' | 'alerts' | 'deliveries';

export interface Sentence {
  kind: Kind;
  icon: string;
  tone: '' | 'on' | 'bad';
  /** The actor; null for the system. */
  who: string | null;
  text: string;
  /** A name at the end of the sentence. */
  strong?: string | undefined;
  because?: string | undefined;
  note?: string | undefined;
}

interface Notified {
  name: string;
  role: string;
  channel: string;
  reachable: boolean;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const severity = (value: unknown): string =>
  (parts.severity[text(value) as keyof typeof parts.severity] ?? text(value)).toLowerCase();

/** The sentence of an entry, with the channel by which the person answered. */
export function sentenceOf(entry: Entry, whole: Whole): Sentence {
  const sentence = plainSentence(entry, whole);
  const via = text(entry.detail['via']);
  if (via === '' || via === 'link' || sentence.who === null) return sentence;
  return { ...sentence, because: [words.via(via), sentence.because].filter(Boolean).join('; ') };
}

function plainSentence(entry: Entry, whole: Whole): Sentence {
  const { event_type: type, detail, actor } = entry;
  const who = actor === 'system' ? null : actor;
  const people = (icon: string, said: string, more: Partial<Sentence> = {}): Sentence => ({
    kind: 'people',
    icon,
    tone: '',
    who,
    text: said,
    ...more,
  });
  const pages = (icon: string, said: string, more: Partial<Sentence> = {}): Sentence => ({
    kind: 'pages',
    icon,
    tone: '',
    who: null,
    text: said,
    ...more,
  });
  switch (type) {
    case 'created':
      return people('incidents', who ? words.created : words.createdBy, { because: routedBecause(detail) });
    case 'acknowledged':
      return people('check', acknowledgedIn(detail), { tone: 'on' });
    case 'in_progress':
      return people('edit', words.in_progress, { tone: 'on' });
    case 'resolved':
      return who ? people('check', words.resolved) : people('check', words.resolvedAlone);
    case 'reopened':
      return people('incidents', words.reopened);
    case 'unacknowledged':
      return people('incidents', words.unacknowledged);
    case 'undone':
      return people('incidents', words.undone);
    case 'assigned': {
      const to = text(detail['new'] ?? detail['assigned_to']) || words.nobody;
      return people(
        'user',
        who && detail['new'] !== undefined ? words.assignedBy(to) : words.assigned(to),
        detail['new'] === undefined ? { who: null } : {},
      );
    }
    case 'escalated':
      return people('up', who ? words.escalatedBy(nameIn(detail)) : words.escalated(nameIn(detail)), {
        because: [text(detail['reason']), missingIn(detail)].filter(Boolean).join('; ') || undefined,
      });
    case 'note_added':
      return people('note', words.note, { note: noteOf(detail, whole), because: givenAuthor(detail, whole) });
    case 'postmortem_saved':
      return people('edit', words.postmortem);
    case 'alert_correlated':
      return ofAlert(words.alert, words.alertUnnamed, detail, whole);
    case 'alert_resolved':
      return {
        ...ofAlert(words.alertResolved, words.alertResolvedUnnamed, detail, whole),
        because: staysOpen(detail),
      };
    case 'paged':
      return paged(detail);
    case 'page_failed':
      return pages('warn', words.pageFailed(text(detail['recipient']), text(detail['reason'])), { tone: 'bad' });
    case 'nobody_reached':
      return pages('warn', words.nobodyReached, {
        tone: 'bad',
        because: [becauseOf(detail), missingIn(detail)].filter(Boolean).join('; ') || undefined,
      });
    case 'escalation_exhausted':
      return pages('warn', words.exhausted, { tone: 'bad' });
    case 'snoozed':
      return people('snooze', words.snoozed(when(text(detail['until']))), {
        because: text(detail['reason']) || undefined,
      });
    case 'snooze_ended':
      return people('snooze', words.snoozeEnded, { who: null });
    case 'alert_acknowledged':
      return { ...ofAlert(words.alertAcknowledged, words.alertAcknowledgedUnnamed, detail, whole), who };
    case 'alert_expired': {
      const silent = words.alertExpired(when(text(detail['silent_since'])));
      return { ...ofAlert(silent, silent, detail, whole), tone: 'bad', because: staysOpen(detail) };
    }
    case 'severity_changed':
      if (detail['alert_id'] !== undefined) {
        const raised = words.severityRaised(severity(detail['from']), severity(detail['to']));
        return { kind: 'alerts', icon: 'up', tone: 'bad', who: null, text: raised, strong: text(detail['alert']) };
      }
      return people('edit', words.severity(severity(detail['from']), severity(detail['to'])));
    case 'alerts_hidden': {
      const hidden = Number(detail['hidden'] ?? 0);
      const said = hidden > 0 ? words.hidden(hidden) : words.shown;
      return { kind: 'alerts', icon: 'alerts', tone: hidden > 0 ? 'bad' : '', who: null, text: said };
    }
    case 'flapping_began':
      return { kind: 'alerts', icon: 'alerts', tone: 'bad', who: null, text: words.flappingBegan };
    case 'flapping_ended': {
      const text = words.flappingEnded(detail['reason'] === 'resolved');
      return { kind: 'alerts', icon: 'alerts', tone: '', who: null, text };
    }
    case 'ack_timed_out':
      return pages('clock', words.ackTimedOut(span(60 * Number(detail['minutes'] ?? 0))), { tone: 'bad' });
    case 'paging_started':
      return {
        kind: 'alerts',
        icon: 'up',
        tone: 'bad',
        who: null,
        text: words.pagingStarted,
        strong: text(detail['alert']),
      };
    case 'room_notified':
      return pages('sent', words.roomNotified(text(detail['room'])));
    case 'page_deferred':
      return pages('clock', words.deferred);
    default:
      return people('info', String(type).replaceAll('_', ' '));
  }
}

function acknowledgedIn({ acknowledgements: of }: Record<string, unknown>): string {
  if (typeof of !== 'object' || of === null) return words.acknowledged;
  const { count, wanted } = of as { count?: unknown; wanted?: unknown };
  return acknowledgementWords.entry(Number(count), Number(wanted));
}

const nameIn = (detail: Record<string, unknown>): string => {
  const to = detail['escalated_to'] ?? detail['to'] ?? detail['told'];
  if (Array.isArray(to)) return (to as Notified[]).map(({ name }) => name).join(', ') || words.nobody;
  if (typeof to === 'object' && to !== null) return text((to as { name?: unknown }).name) || words.nobody;
  return text(to) || words.nobody;
};

const becauseOf = (detail: Record<string, unknown>): string | undefined => {
  const why = text(detail['why']);
  if (why === '') return undefined;
  return why
    .split(', ')
    .map((one) => words.why[one] ?? one.replaceAll('_', ' '))
    .join(', ');
};

function paged(detail: Record<string, unknown>): Sentence {
  if (detail['late'] === true) {
    const waited = span(Number(detail['waited_seconds'] ?? 0));
    return { kind: 'pages', icon: 'sent', tone: 'on', who: null, text: words.pagedLate(text(detail['name']), waited) };
  }
  const told = (Array.isArray(detail['told']) ? detail['told'] : []) as Notified[];
  const persons = told.filter(({ role }) => role !== 'room');
  const unreached = persons.length > 0 && persons.every(({ reachable }) => !reachable);
  const names = (persons.length > 0 ? persons : told).map(({ name }) => name).join(', ') || words.nobody;
  const because = [becauseOf(detail), missingIn(detail), unreached ? words.unreachable : undefined]
    .filter(Boolean)
    .join('; ');
  return {
    kind: 'pages',
    icon: 'sent',
    tone: unreached || persons.length === 0 ? 'bad' : 'on',
    who: null,
    text: words.paged(Number(detail['step'] ?? 1), names),
    because: because || undefined,
  };
}

function ofAlert(named: string, unnamed: string, detail: Record<string, unknown>, { alerts }: Whole): Sentence {
  const alert = alerts.find(({ id }) => id === detail['alert_id']);
  return { kind: 'alerts', icon: 'alerts', tone: '', who: null, text: alert ? named : unnamed, strong: alert?.message };
}

const staysOpen = (detail: Record<string, unknown>): string | undefined =>
  words.staysOpen[detail['stays_open'] as keyof typeof words.staysOpen];

/** The given author of a note, if that is not its actor. */
function givenAuthor(detail: Record<string, unknown>, { notes }: Whole): string | undefined {
  const note = notes.find(({ id }) => id === detail['note_id']);
  return note?.actor && note.actor !== note.author ? words.noteOf(note.author) : undefined;
}

const noteOf = (detail: Record<string, unknown>, { notes }: Whole): string =>
  notes.find(({ id }) => id === detail['note_id'])?.content ?? text(detail['preview']);

/** The sentence as plain text, without mark-up. */
export const plainOf = ({ who, text: said, strong, because, note }: Sentence): string =>
  [who, said, strong, because && `(${because})`].filter(Boolean).join(' ') +
  (note ? `: ${note.replace(/\s+/g, ' ')}` : '');
