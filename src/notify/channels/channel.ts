import type { SourceLink } from '../../kernel/values';
import type { ChannelName, IncidentOutcome } from '../contract';
import type { Outcome } from '../domain';

/** What a channel is given to deliver. Links are made for this attempt and kept nowhere. */
export interface Message {
  notificationId: string;
  incidentId: string;
  recipient: string;
  text: string;
  severity: string | null;
  links: { view?: string; acknowledge?: string };
  /** Pages that the alert's source names, http(s) only. */
  sourceLinks: readonly SourceLink[];
  /** Set on a notice of how it went. */
  outcome?: IncidentOutcome | null;
  /** The earlier notification to this address that this one follows; channels without threads leave it out. */
  thread?: Thread | null;
  /** When this attempt began. */
  at: Date;
}

export interface Thread {
  /** Of the notification that began it. */
  notificationId: string;
  /** What a channel with subjects shows, as the first message showed it. */
  subject: string;
}

/** One way to reach somebody. Adding one is adding a file and naming it in `index.ts`. */
export interface Channel {
  name: ChannelName;
  /** Whether this house can send on the channel at all. */
  configured(): boolean;
  /** Why a recipient will never be reached (`not_configured`, `invalid_recipient`); null where trying makes sense. */
  refusal(recipient: string): string | null;
  /** Tries once, within the house's deadline. Never rejects for what a provider does. */
  deliver(message: Message): Promise<Outcome>;
  close(): Promise<void>;
}

/** What a link is called on a button and in a line of text. */
export const LINK_WORDS: Record<SourceLink['kind'], string> = {
  runbook: 'Runbook',
  dashboard: 'Dashboard',
  source: 'Source',
};

const SUBJECT_LENGTH = 180;

/** The first line of a message, led by its severity where it does not already lead with one, or says how it went. */
export function subjectOf({ text, severity, outcome }: Pick<Message, 'text' | 'severity' | 'outcome'>): string {
  const line = text.trim().split(/[\r\n\u2028\u2029]/, 1)[0] as string;
  const led = !severity?.trim() || outcome || line.startsWith('[') ? line : `[${severity}] ${line}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a subject is one line, whatever a sender put into it.
  return shortened(led.replace(/[\u0000-\u001f\u007f]+/g, ' '), SUBJECT_LENGTH);
}

/** At most `length` code points, and a sign where something was left out. */
export function shortened(text: string, length: number): string {
  const points = [...text];
  return points.length <= length ? text : `${points.slice(0, length - 1).join('')}…`;
}
