import type { AnswerResult, ChatCommand } from '../contract';
import type { Outcome } from '../domain';

export const ANSWER_ACTIONS = ['acknowledge', 'resolve', 'escalate'] as const;
export type AnswerAction = (typeof ANSWER_ACTIONS)[number];

export type { AnswerResult, ChatCommand };

/** A request of a provider to our webhook, as it came in: signatures are about these bytes. */
export interface InboundRequest {
  method: 'GET' | 'POST';
  /** The full public URL that the provider called, with its query: some signatures cover it. */
  url: string;
  /** The path after `/api/v1/inbound/<channel>/`, without slashes at its ends; empty at the channel's own URL. */
  path: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  /** At most 64 KiB. */
  body: Buffer;
  /** When it arrived. */
  at: Date;
}

/** Which page or incident an answer is about. */
export type AnswerTarget =
  /** A signed token of `Message.answers`. */
  | { token: string }
  /** The short code of a page at the sender's address; without one, the newest open page there. */
  | { code: string | null }
  /** Every open page at the sender's address. */
  | { all: true }
  | { incidentId: string };

/** One answer of a person by a channel. */
export interface ChannelAnswer {
  /** The provider's id of this request; a repeated one acts once. */
  id: string;
  /** The address of the sender on this channel, in its stored spelling; the contact method or linked account decides the person. */
  sender: string;
  /** The e-mail address that the provider asserts for the sender. It decides the person if the sender is not linked. */
  senderEmail?: string;
  action: AnswerAction;
  target: AnswerTarget;
}

/** What a provider says about a message that was sent. States only move forward, and `delivered` wins. */
export interface Receipt {
  /** Our signed id of `Message.receiptUrl`. */
  attempt: string;
  state: 'sent' | 'delivered' | 'undelivered';
  /** The provider's words or code. */
  reason: string | null;
  /** No other attempt at this address can help, such as an unknown number. */
  permanent: boolean;
}

/** A verified request in our terms. */
export interface InboundContent {
  answers?: ChannelAnswer[];
  receipts?: Receipt[];
  /** A person links their account at the provider by a code that the dashboard shows. */
  link?: { sender: string; code: string };
  /** The owner of an address refuses further messages (`STOP`), or allows them again. */
  consent?: { sender: string; given: boolean };
  /** The sender asks for something else, which the gateway does as that person. A repeated `id` acts once. */
  command?: { id: string; sender: string; senderEmail?: string; command: ChatCommand };
  /** What `reply` needs to know of the request, such as a command; only JSON. */
  context?: Record<string, unknown>;
}

/** What came of a command and of a linked account, each as one text for the sender; null without it. */
export interface OtherResults {
  commandWords: string | null;
  linkWords: string | null;
}

export interface InboundReply {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** The webhook of a channel, with the tools that its `send` has. It only verifies and translates: the gateway acts, and `reply` words the result for the provider. */
export interface Inbound<T> {
  /**
   * Verifies the signature and reads the request. A reply ends the exchange at once (such as a challenge, or 401 for a wrong
   * signature).
   */
  read(request: InboundRequest, tools: T): Promise<InboundContent | { reply: InboundReply }>;
  /** The answer to the provider, when the results of all answers are there. */
  reply(
    content: InboundContent,
    results: AnswerResult[],
    tools: T,
    others: OtherResults,
  ): Promise<InboundReply> | InboundReply;
}

/** The other way to the same contents: one process at a time asks the provider for updates. */
export interface Polling<T> {
  /** The account whose updates are fetched, which numbers them; null if they come to the webhook. */
  account(tools: T): string | null;
  /** Makes the provider keep updates until they are fetched. Called before the first fetch, and after a failed one. */
  prepare(tools: T, at: Date): Promise<Outcome>;
  /**
   * Waits up to 25 seconds for updates from a number on. A failure is an outcome. `next` follows the last update, also if it
   * means nothing to us.
   */
  fetch(from: number, tools: T, at: Date): Promise<Fetched | Extract<Outcome, { outcome: 'failed' }>>;
}

export interface Fetched {
  contents: InboundContent[];
  next: number;
}
