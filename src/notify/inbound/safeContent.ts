import { createHash } from 'node:crypto';
import type { InboundContent } from '../channels/inbound';

/** The longest id of a provider that is stored as it is. Our own parts before and after it fit into the rest of 300 characters. */
const LONGEST_ID = 200;

/**
 * The request of any provider with texts that can be stored and passed on: NUL and halves of characters are replaced. An id
 * that holds one, or is longer than 200 characters, becomes its hash, so that two ids stay different.
 */
export function safeContent(read: InboundContent): InboundContent {
  const { answers, command } = read;
  const withIds = {
    ...read,
    ...(answers && { answers: answers.map((answer) => ({ ...answer, id: safeId(answer.id) })) }),
    ...(command && { command: { ...command, id: safeId(command.id) } }),
  };
  return JSON.parse(JSON.stringify(withIds), (_key, value) => (typeof value === 'string' ? safeText(value) : value));
}

const safeText = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd');

const safeId = (id: string): string =>
  id.length <= LONGEST_ID && id === safeText(id) ? id : `sha256:${createHash('sha256').update(id).digest('base64url')}`;
