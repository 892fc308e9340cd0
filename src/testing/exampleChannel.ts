import * as z from 'zod';
import { defineChannel } from '../notify/channels/channel';
import type { ChannelAnswer, InboundContent } from '../notify/channels/inbound';

/** A channel for tests: one file, as a contributor would add it. */
export const pigeon = defineChannel({
  id: 'pigeon',
  title: 'Carrier pigeon',
  settings: {
    PIGEON_URL: {
      schema: z.url({ error: 'must be a URL' }).optional(),
      fallback: '',
      means: 'Where pigeons start',
      secret: true,
    },
    PIGEON_RING: { schema: z.string().default('none'), fallback: 'none', means: 'Number of the ring' },
  },
  needs: 'PIGEON_URL',
  setup: 'Set PIGEON_URL.',
  address: {
    kind: 'room',
    hint: 'The name of a loft.',
    example: { text: 'north-loft', shown: 'north-loft' },
    accepts: (address) => /^[a-z-]{1,40}$/.test(address),
  },
  limits: { text: 160 },
  accepted: 'The loft answers 2xx',
  server: { protocol: 'http', setting: 'PIGEON_URL' },
  configured: ({ PIGEON_URL }) => PIGEON_URL !== undefined,
  inbound: {
    /** A pigeon carries its ring, and an answer as JSON. */
    async read({ headers, body, path }, { settings }) {
      if (headers['x-ring'] !== settings.PIGEON_RING) return { reply: { status: 401, body: 'wrong ring' } };
      if (path === 'challenge') return { reply: { status: 200, body: 'coo' } };
      const answer = JSON.parse(body.toString('utf8')) as ChannelAnswer;
      return { answers: [answer], context: { loft: answer.sender } } satisfies InboundContent;
    },
    reply: ({ context }, results) => ({
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-loft': String(context?.['loft']) },
      body: results.map(({ result, words }) => `${result}: ${words}`).join('\n'),
    }),
  },
  send: ({ recipient, text, at }, { settings, post }) =>
    post({
      url: settings.PIGEON_URL as string,
      body: JSON.stringify({ loft: recipient, ring: settings.PIGEON_RING, text: text.slice(0, 160) }),
      trusted: true,
      at,
    }),
});
