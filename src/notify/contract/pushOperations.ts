import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';

/** What a browser needs to receive push messages. Its subscription is the address of a contact method. */
export const pushOperations = defineContract({
  pushKey: {
    summary: 'Public key with which a browser subscribes to push messages of this installation',
    method: 'GET',
    path: '/api/v1/push/key',
    access: 'viewer',
    input: z.object({}),
    output: z.object({
      /** A point of P-256 in base64url (VAPID); null if push is not configured. */
      public_key: z.string().nullable(),
    }),
  },
});
