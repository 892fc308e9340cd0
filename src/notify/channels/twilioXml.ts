import type { InboundReply } from './inbound';

/** Text between tags of TwiML, or in an attribute in double quotes. Characters that XML cannot hold are left out. */
export const xmlText = (text: string): string =>
  text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no control characters.
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"]/g, (special) => `&#${special.charCodeAt(0)};`);

/** A document of TwiML with these verbs. https://www.twilio.com/docs/voice/twiml */
export const twiml = (...verbs: string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs.join('')}</Response>`;

/** The answer to a webhook of the provider. */
export const twimlReply = (...verbs: string[]): InboundReply => ({
  status: 200,
  headers: { 'content-type': 'text/xml; charset=utf-8' },
  body: twiml(...verbs),
});

/** The answer to a request that no key of ours signed. */
export const UNSIGNED: { reply: InboundReply } = {
  reply: { status: 403, headers: { 'content-type': 'text/plain' }, body: 'The signature does not match.' },
};
