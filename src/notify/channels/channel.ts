import * as z from 'zod';
import type { Answer, Dial } from '../../kernel/http/outgoing';
import type { SourceLink } from '../../kernel/ports/values';
import type { Notice } from '../contract';
import type { Outcome } from '../domain';
import type { IncidentState } from '../domain/incidentMessage';
import type { AnswerAction, Inbound, Polling } from './inbound';

export { ANSWER_ACTIONS, type AnswerAction } from './inbound';

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
  /** Pages and test pages are `page`; `code` is a verification code in `text`. Absent: a page or a message to a room. */
  kind?: MessageKind;
  /** By severity: critical and high are `high`. Absent: `high`. */
  urgency?: 'high' | 'low';
  /** What the recipient can answer to this message. Absent: it is answered by its links alone. */
  answers?: Answers;
  /** Where the provider reports the state of this attempt: the public URL with our signed id. Absent: it is not public. */
  receiptUrl?: string;
  /** The state of the incident, for channels that show or update it. */
  incident?: IncidentState;
  /** A shift of the recipient as iCalendar text, for channels that attach files. */
  calendar?: string;
  /** When this attempt began. */
  at: Date;
}

/** `detail`: a change of the incident, in the thread of its first message. */
export type MessageKind = 'page' | 'notice' | 'code' | 'test' | 'drill' | 'detail';

/** How a recipient answers a message from the channel itself. */
export interface Answers {
  /** Signed tokens, each for one action of this person on this incident; a channel puts them into its buttons. */
  tokens: Partial<Record<AnswerAction, string>>;
  /** The short code of this page at this address, for replies by text and key presses. */
  code?: string;
  /** Base of the public URL that accepts a token by POST: `<url>/<token>`. */
  url?: string;
}

export type { IncidentState };

export interface Thread {
  /** The provider's reference of the first message, for channels whose `send` returns one. */
  ref?: string | null;
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
  /** JSON text, unless `headers` names another type. */
  body: string | Uint8Array;
  /** Whether the operator configured the URL; one that a user named may only lead to a public address. */
  trusted: boolean;
  /** When this attempt began. */
  at: Date;
  /** For a request that the provider holds open until it has something to say. */
  longPoll?: { timeoutMs: number; answerBytes: number };
  /** The outcome of an answer, for a provider whose words count more than its status. Null leaves it to the status. */
  judge?(answer: Answer): Outcome | null;
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
  /** Which of `Channel.providers` sends; absent for the first one. */
  provider?: string;
  /** The address of the product, without a slash at its end. */
  publicUrl: string;
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
  readonly server: {
    readonly protocol: 'http' | 'smtp' | 'twilio' | 'telegram';
    readonly setting: keyof S & string;
  } | null;
  /** The channel whose settings this one reads too, such as the account that SMS and voice share. */
  readonly sharesSettings?: string;
  /**
   * The accounts that it can send by, in order of preference. The next one is used if one fails for a reason of its own
   * (`slowly`, the channel `failing`) or does not accept in time. Absent: the channel has one way to send.
   */
  providers?(settings: ValuesOf<S>): readonly string[];
  /** The phone numbers in E.164 and the e-mail addresses that its messages come from, for a contact card. */
  senders?(settings: ValuesOf<S>): readonly string[];
  /** Whether the settings suffice to send to an address that is no target by itself. */
  configured(settings: ValuesOf<S>): boolean;
  /**
   * Opens what the channel keeps until its settings change. It sends nothing: new settings are checked by opening the channel
   * once. `dial` is set if a user entered its address: then it connects by it, and else by itself.
   * @throws Error naming the setting that cannot be used
   */
  open?(settings: ValuesOf<S>, timeoutMs: number, dial?: Dial): C;
  close?(connection: C): void;
  /** What it can do beyond one message; screens and documents show it. */
  readonly can?: {
    /** A person answers from the message itself. */
    readonly answers?: true;
    /** The provider reports whether the message arrived. */
    readonly receipts?: true;
    /** A message that was sent can be replaced; requires `update`. */
    readonly updates?: true;
  };
  /**
   * Settings that the product makes itself at the first start, such as a key pair, as text by the name of the setting. They
   * are stored encrypted; the environment wins.
   */
  generate?(): Promise<Partial<Record<keyof S & string, string>>> | Partial<Record<keyof S & string, string>>;
  /** The public key that a browser needs to subscribe; null if the channel is not configured. */
  deviceKey?(connection: C): string | null;
  /** Replaces a message that was sent, by the `ref` of its outcome. Same rules as `send`. */
  update?(ref: string, message: Message, tools: Tools<S, C>): Promise<Outcome>;
  /** The command by which a person links their account, sent with the code; absent if accounts are not linked. */
  readonly linkCommand?: string;
  /** Sets the URL of the webhook at the provider; null if that is not possible. Called at each start and every hour. */
  register?(tools: Tools<S, C>, at: Date): Promise<Outcome | null>;
  /** The webhook of its provider. */
  readonly inbound?: Inbound<Tools<S, C>>;
  /** Fetches its updates from the provider, for a server that the provider cannot reach. */
  readonly polling?: Polling<Tools<S, C>>;
  /**
   * Tries once, within the deadline. Never rejects for what a provider does. A failure is `permanent` if this recipient
   * or message will never be taken; it is `slowly` and the channel `failing` if the operator must repair something;
   * anything else may pass and is tried again.
   */
  send(message: Message, tools: Tools<S, C>): Promise<Outcome>;
}

export interface ChannelAddress {
  /**
   * `email`: an e-mail address, so that people without a contact method are paged at the one of their schedule entry.
   * `phone`: a number in E.164. `account`: a person's account at the provider. `device`: a subscription that a browser made.
   * `room`: a target of the channel.
   */
  readonly kind: 'email' | 'phone' | 'account' | 'device' | 'room';
  /** People can name an address of this channel as a contact method. */
  readonly people?: true;
  /** False if no room can be on it. */
  readonly rooms?: false;
  /** How the owner of a contact method proves it: a code through the channel (default), or an answer of the device. */
  readonly proof?: 'code' | 'device';
  /** The one stored spelling of an address that `accepts` takes. Absent: as it was typed, without spaces around it. */
  spelling?(address: string): string;
  /** How an address that holds secrets is shown to everyone, by a text that differs for different addresses. Absent: as it is; a phone number by its ends. */
  shown?(address: string): string;
  /** What to type, as a hint below a field. */
  readonly hint: string;
  /** A valid address, and how it is shown to those who may not see secrets. */
  readonly example: { readonly text: string; readonly shown: string };
  /** Set before the address in lists, as `#` in #payments. */
  readonly prefix?: string;
  /** The room of a server that names none, if this is the first configured channel that has one. */
  readonly defaultRoom?: string;
  /** The provider can replace an address, which an outcome then names in `movedTo`. */
  readonly moves?: true;
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
