import { idOf } from '../../kernel/ports/values';
import type { Message } from './channel';

/** The headers that put mails into threads, and that keep other programs from answering them. */

/**
 * All mails about one incident, to all people, answer one synthetic root that no mail has: a mailbox that misses the first
 * mail still shows one thread. Every attempt has the same Message-ID, so that a mailbox can drop a second copy.
 */
export function headersOf(message: Message, mailFrom: string, publicUrl: string) {
  const domain = /@([\w.-]+)/.exec(mailFrom)?.[1] ?? 'localhost';
  const incident = incidentOf(message);
  const root = `<incident-${incident}@${domain}>`;
  return {
    messageId: `<${message.notificationId}@${domain}>`,
    ...(incident !== null && { inReplyTo: root, references: [root] }),
    list: {
      id: { url: `tocsin.${domain}`, comment: 'Tocsin' },
      help: { url: `${publicUrl}/account`, comment: 'How you are reached' },
    },
    headers: {
      'Auto-Submitted': 'auto-generated',
      // Exchange sends no notes of absence and no receipts.
      'X-Auto-Response-Suppress': 'All',
      // Gmail shows mails of one subject as one if this is equal or absent.
      'X-Entity-Ref-ID': incident ?? message.notificationId,
    },
  };
}

/** The incident that a mail is about; null for a code, a test, and a notice about no incident. */
const incidentOf = ({ incidentId, kind }: Message): string | null =>
  kind === 'code' || kind === 'test' ? null : idOf(incidentId);
