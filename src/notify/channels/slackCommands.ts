import type { ChatCommand } from './inbound';

/** Slash commands as a person types them. */

const LONGEST_NAME = 255;
const LONGEST_MESSAGE = 500;

/** A command, a code that links the account, or how to type it. */
export type Typed = { command: ChatCommand } | { code: string } | { usage: string };

const USAGE = {
  page: 'Name a person or a team, and the reason: /page ops: The database is down',
  incident: 'Name the service, and what is wrong: /incident payments: Card payments fail',
  link: 'Open Tocsin, Account → How you are reached, and type the code that it shows: /link CODE',
} as const;

/** Reads the text after a slash command; null for a command that is not ours. */
export function readCommand(name: string, text: string): Typed | null {
  const typed = text.trim();
  switch (name) {
    case '/oncall':
      return { command: { kind: 'on_call', team: typed === '' ? null : typed.slice(0, LONGEST_NAME) } };
    case '/page': {
      const [target, message] = halves(typed);
      if (target === '' || message === '') return { usage: USAGE.page };
      return { command: { kind: 'page', target, message } };
    }
    case '/incident': {
      const [service, title] = halves(typed);
      if (service === '' || title === '') return { usage: USAGE.incident };
      return { command: { kind: 'incident', title, service } };
    }
    case '/link':
      return typed === '' ? { usage: USAGE.link } : { code: typed.slice(0, 40) };
    default:
      return null;
  }
}

/** The text before the first colon and the text after it; without a colon, the first word and the others. */
function halves(text: string): [string, string] {
  const [, before = '', after = ''] = /^([^:]{1,255}):(.*)$/s.exec(text) ?? /^(\S{1,255})\s(.*)$/s.exec(text) ?? [];
  return [before.trim(), after.trim().slice(0, LONGEST_MESSAGE)];
}
