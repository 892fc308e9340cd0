import * as z from 'zod';
import { Id, Instant, InstantIn } from '../../kernel/ports/values';
import { MUTE_CAUSES } from './decision';

export const LONGEST_CALENDAR_DAYS = 31;

/** When alerts are muted, for a calendar. */
export const muteCalendarOperations = {
  muteCalendar: {
    summary:
      'Silences and occurrences of maintenance windows in a span of at most 31 days, in the order of their start',
    method: 'GET',
    path: '/api/v1/mute-calendar',
    access: 'viewer',
    input: z.object({
      /** Default: two days ago. */
      from: InstantIn.optional(),
      /** Default: 16 days after `from`. */
      to: InstantIn.optional(),
    }),
    output: z.object({
      from: Instant,
      to: Instant,
      mutes: z.array(
        z.object({
          by: z.enum(MUTE_CAUSES),
          id: Id,
          /** Comment of the silence, or name of the maintenance window. */
          name: z.string(),
          services: z.array(z.string()),
          matchers: z.array(z.string()),
          /** The spans that overlap, in order; at most 100. */
          spans: z.array(z.object({ starts_at: Instant, ends_at: Instant })),
        }),
      ),
      /** How many mutes after the first 200 are left out. */
      left_out: z.int(),
    }),
  },
} as const;
