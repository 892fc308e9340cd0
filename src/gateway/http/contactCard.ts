import { Router } from 'express';
import type { Caller, Port, Route } from '../../kernel/ports/contract';
import type { NotifyContract } from '../../notify/contract';

/**
 * A contact card with our numbers and sender addresses. A phone on which it is a favourite lets our calls and messages
 * through Do Not Disturb.
 */

const PATH = '/api/v1/contact-card.vcf';

/** The route of the card, outside the contract, because it is no JSON. */
export const contactCardOperations: Record<string, Route> = {
  contactCardFile: { method: 'GET', path: PATH, access: 'viewer' },
};

export interface ContactCardDeps {
  notify: Pick<Port<NotifyContract>, 'contactCard'>;
  publicUrl: string;
}

/** Serves the card as a file. */
export function contactCardRoutes({ notify, publicUrl }: ContactCardDeps): Router {
  return Router({ caseSensitive: true }).get(PATH, async (_req, res) => {
    const senders = await notify.contactCard({}, res.locals['caller'] as Caller);
    res.set({
      'Content-Type': 'text/vcard; charset=utf-8',
      'Content-Disposition': 'attachment; filename="tocsin.vcf"',
      'Cache-Control': 'no-store',
    });
    res.send(cardText({ ...senders, url: publicUrl }));
  });
}

/** A vCard 3.0, which phones of all makers read. RFC 2426 */
export function cardText({ phones, emails, url }: { phones: string[]; emails: string[]; url: string }): string {
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    'N:Tocsin;;;;',
    'FN:Tocsin',
    'ORG:Tocsin',
    ...phones.map((phone) => `TEL;TYPE=CELL:${escaped(phone)}`),
    ...emails.map((email) => `EMAIL;TYPE=INTERNET:${escaped(email)}`),
    `URL:${escaped(url)}`,
    'NOTE:Pages of Tocsin. Make this contact a favourite so that it may ring at night.',
    'END:VCARD',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

const escaped = (text: string): string => text.replace(/[\\,;]/g, '\\$&').replace(/[\r\n]+/g, '\\n');

const LONGEST_LINE = 75;

/** A line of more than 75 octets goes on in lines that begin with a space; no character is split. */
function folded(line: string): string {
  let [result, octets] = ['', 0];
  for (const point of line) {
    const size = Buffer.byteLength(point);
    if (octets + size > LONGEST_LINE) [result, octets] = [`${result}\r\n `, 1];
    result += point;
    octets += size;
  }
  return result;
}
