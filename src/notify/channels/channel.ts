import * as z from 'zod';
import type { SourceLink } from '../../kernel/ports/values';
import type { Notice } from '../contract';
import type { Outcome } from '../domain';

/** A message to deliver. Its links are made for this attempt and are not stored. */
export interface Message {
  notificationId: string;
  incidentId: string;
  recipient: string;
  text: string;
  severity: string | null;
  links: { view?: string; acknowledge?: string };
  /** Pages that the alert's source names, http(s) only. */
  sourceLinks: readonly SourceLink[];
  /** Set on a notice; null or absent on a page. */
  outcome?: Notice | null;
  /** The thread of earlier messages to this address; channels without threads ignore it. */
  thread?: Thread | null;
  /** When this attempt began. */
  at: Date;
}

export interface Thread {
  /** The first notification of the thread. */
  notificationId: string;
  /** The subject of the first message, for channels that show one. */
  subject: string;
}

/** One environment variable of a channel. */
export interface ChannelSetting<T = unknown> {
  schema: z.ZodType<T, string | undefined>;
  /** Default as documentation shows it; empty means unset. */
  fallback: string;
  /** One sentence for README and `.env.example`, without a full stop. */
  means: string;
  /** It may also come from a file named by `<NAME>_FILE`, and is never shown. */
  secret?: true;
}
export type ChannelSettings = Readonly<Record<string, ChannelSetting>>;
export type ValuesOf<S extends ChannelSettings> = { readonly [K in keyof S]: z.output<S[K]['schema']> };

export const UrlSetting = z.url({ error: 'must be a URL' }).optional();
export const TextSetting = z.string().optional();

export interface PostRequest {
  url: string;
  headers?: Record<string, string>;
  /** JSON text. */
  body: string;
  /** Whether the operator configured the URL; one that a user named may only lead to a public address. */
  trusted: boolean;
  /** When this attempt began. */
  at: Date;
}
/** Posts JSON within the deadline of an attempt. Never rejects: a failure is an outcome. */
export type Post = (request: PostRequest) => Promise<Outcome>;

/** The second argument of `send`. */
export interface Tools<S extends ChannelSettings, C> {
  settings: ValuesOf<S>;
  /** The result of `open`. */
  connection: C;
  post: Post;
  /** Deadline of one attempt. */
  timeoutMs: number;
}

/**
 * One way to notify people and rooms, in one file. Everything that depends on which channels there are derives from
 * these literals and the list in `index.ts`: names in contracts, settings, pages, documents, tests.
 */
export interface Channel<Id extends string = string, S extends ChannelSettings = ChannelSettings, C = unknown> {
  /** Its name in the API, in rooms (`<id>:<address>`) and in the database: lower-case letters and digits. */
  readonly id: Id;
  /** Its name on screens. */
  readonly title: string;
  /** It only stores messages: their status is `recorded`, and they reach no one. */
  readonly recordsOnly?: true;
  readonly settings: S;
  /** The settings without which it sends nothing, as `SMTP_URL with MAIL_FROM`; empty if it needs none. */
  readonly needs: string;
  /** How to configure it: a sentence of the page of channels. Empty if there is nothing to do. */
  readonly setup: string;
  readonly address: ChannelAddress;
  /** A message about the same incident to the same address may name the one it follows. */
  readonly threads?: true;
  /** `text`: characters of a message that are shown; the rest is left out. */
  readonly limits: { readonly text: number };
  /** When a message counts as sent: a sentence of the documentation. */
  readonly accepted: string;
  /** The server it speaks to, and the setting that names it, which is secret; null if it speaks to none. The conformance test replaces it. */
  readonly server: { readonly protocol: 'http' | 'smtp'; readonly setting: keyof S & string } | null;
  /** Whether the settings suffice to send to an address that is no target by itself. */
  configured(settings: ValuesOf<S>): boolean;
  /** Opens what the channel keeps for the lifetime of the process. @throws Error naming the setting that cannot be used */
  open?(settings: ValuesOf<S>, timeoutMs: number): C;
  close?(connection: C): void;
  /**
   * Tries once, within the deadline. Never rejects for what a provider does. A failure is `permanent` if this recipient
   * or message will never be taken; it is `slowly` and the channel `failing` if the operator must repair something;
   * anything else may pass and is tried again.
   */
  send(message: Message, tools: Tools<S, C>): Promise<Outcome>;
}

export interface ChannelAddress {
  /** `email`: an e-mail address, so that people are paged at the one of their schedule entry. `room`: a target of the channel. */
  readonly kind: 'email' | 'room';
  /** What to type, as a hint below a field. */
  readonly hint: string;
  /** A valid address, and how it is shown to those who may not see secrets. */
  readonly example: { readonly text: string; readonly shown: string };
  /** Set before the address in lists, as `#` in #payments. */
  readonly prefix?: string;
  /** The room of a server that names none, if this is the first configured channel that has one. */
  readonly defaultRoom?: string;
  /** Two spellings that differ in upper and lower case are one address. */
  readonly ignoresCase?: true;
  /** An address may be a URL whose path is a secret: it is shown without to those who may not see secrets. */
  readonly hidesPath?: true;
  /** Whether an address can ever be reached. Absent: any text can. */
  accepts?(address: string): boolean;
  /** Whether an address is a whole target by itself, which needs no setting. Absent: none is. */
  isTarget?(address: string): boolean;
}

/**
 * Declares a channel, with the types of its settings and its connection known inside. The list forgets them: it hands
 * each channel what its own `settings` parsed and its own `open` made.
 */
export const defineChannel = <const Id extends string, S extends ChannelSettings, C = undefined>(
  channel: Channel<Id, S, C>,
): Channel<Id> => channel as unknown as Channel<Id>;

/** Labels of links, on buttons and in text. */
export const LINK_WORDS: Record<SourceLink['kind'], string> = {
  runbook: 'Runbook',
  dashboard: 'Dashboard',
  source: 'Source',
  link: 'Link',
  image: 'Image',
};

const SUBJECT_LENGTH = 180;

/** The first line of a message. A page begins with its severity, unless its text already does. */
export function subjectOf({ text, severity, outcome }: Pick<Message, 'text' | 'severity' | 'outcome'>): string {
  const line = text.trim().split(/[\r\n\u2028\u2029]/, 1)[0] as string;
  const led = !severity?.trim() || outcome || line.startsWith('[') ? line : `[${severity}] ${line}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a subject is one line, whatever a sender put into it.
  return shortened(led.replace(/[\u0000-\u001f\u007f]+/g, ' '), SUBJECT_LENGTH);
}

/** At most `length` code points, ending in `…` if text was cut off. */
export function shortened(text: string, length: number): string {
  const points = [...text];
  return points.length <= length ? text : `${points.slice(0, length - 1).join('')}…`;
}
