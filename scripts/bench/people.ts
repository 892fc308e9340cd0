import { createECDH, randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { ask } from '../api';
import { freePort } from '../children';
import type { Product } from '../product';
import type { Measured } from './drives/channels';
import { TEAM, withDatabase, withProduct } from './product';

/** A product with every channel that a loop-back sink can stand for, and a person who has a method on each. */

/** Channels of people, beside the room's `webhook` and `slack`. */
export const PERSONAL = ['email', 'sms', 'voice', 'ntfy', 'webpush'] as const;
const PERSON = 'ada@example.com';
const PHONE = '+14155552671';

export interface Reached extends Product {
  sinkPort: number;
  mailPort: number;
  /** Pages the person by these channels alone; `slack` is a room of the policy. */
  pageBy(...channels: readonly Measured[]): Promise<void>;
}

export async function withPeople<T>(work: (product: Reached) => Promise<T>): Promise<T> {
  const [sinkPort, mailPort] = [await freePort(), await freePort()];
  const sink = `http://127.0.0.1:${sinkPort}`;
  const env = {
    ...{ DEFAULT_ROOM: 'webhook:bench', WEBHOOK_URL: `${sink}/hook`, SLACK_WEBHOOK_URL: `${sink}/slack` },
    ...{ SMTP_URL: `smtp://127.0.0.1:${mailPort}`, NTFY_URL: sink, OUTGOING_ALLOW: '127.0.0.1' },
    ...{ TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`, TWILIO_AUTH_TOKEN: 'bench', TWILIO_API_URL: sink },
    ...{ SMS_FROM: PHONE, VOICE_FROM: PHONE },
  };
  return withProduct({ env }, async (product) => {
    const addresses = { email: PERSON, sms: PHONE, voice: PHONE, ntfy: 'bench', webpush: deviceOf(sink) };
    await withDatabase(product, 'notify', (client) => verify(client, [{ person: PERSON, addresses }]));
    const pageBy: Reached['pageBy'] = async (...channels) => {
      const methods = channels.filter((channel) => channel !== 'slack').map((channel) => `*${channel}`);
      if (methods.length > 0) {
        const high = [{ after_minutes: 0, methods }];
        await ask(product, 'PUT', '/api/v1/notification-rules', { person: PERSON, high });
      }
      const room = channels.includes('slack') ? [{ kind: 'room', address: 'slack:#bench' }] : [];
      const targets = [{ kind: 'schedule', team: TEAM.team, role: 'primary' }, ...room];
      await ask(product, 'PUT', `/api/v1/policies/${TEAM.team}`, { steps: [{ targets, wait_minutes: 60 }] });
    };
    return work({ ...product, apiKey: product.apiKey, sinkPort, mailPort, pageBy });
  });
}

interface Owner {
  person: string;
  addresses: Partial<Record<Measured, string>>;
}

/** Stores verified contact methods, as if each owner had entered the code. */
export async function verify(client: Client, owners: readonly Owner[]): Promise<void> {
  const rows = owners.flatMap(({ person, addresses }) =>
    Object.entries(addresses).map(([channel, address], position) => ({ person, channel, address, position })),
  );
  await client.query(
    `insert into contact_methods (person_email, channel, address, address_key, state, position, verified_at, created_at, created_by)
     select person, channel, address, address, 'verified', position, now(), now(), 'bench'
       from jsonb_to_recordset($1) as r (person text, channel text, address text, position int)`,
    [JSON.stringify(rows)],
  );
}

/** A subscription whose push service is the sink. */
function deviceOf(sink: string): string {
  const keys = createECDH('prime256v1');
  keys.generateKeys();
  const own = { p256dh: keys.getPublicKey('base64url'), auth: randomBytes(16).toString('base64url') };
  return JSON.stringify({ endpoint: `${sink}/push/bench`, keys: own });
}
