import * as z from 'zod';
import { ServiceName } from '../../kernel/ports/values';
import { LONGEST_WINDOW_MINUTES } from './ruleActions';

/** Services with a correlation window of their own. */

export const MOST_WINDOWS = 5_000;

export const serviceWindowOperations = {
  listServiceWindows: {
    summary: 'Services with a correlation window of their own, by name',
    method: 'GET',
    path: '/api/v1/service-windows',
    access: 'viewer',
    input: z.object({ service: ServiceName.optional() }),
    output: z.object({ windows: z.array(z.object({ service: z.string(), minutes: z.int() })) }),
  },
  setServiceWindow: {
    summary:
      'Set after how many minutes without an alert the next alert of a service opens a new incident; null for CORRELATION_WINDOW_MINUTES. The window of a rule comes first',
    method: 'PUT',
    path: '/api/v1/services/:service/window',
    access: 'admin',
    input: z.object({ service: ServiceName, minutes: z.int().min(1).max(LONGEST_WINDOW_MINUTES).nullable() }),
    output: z.object({ service: z.string(), minutes: z.int().nullable() }),
  },
} as const;
