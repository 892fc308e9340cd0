import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Email, TimeZone } from '../../kernel/ports/values';

/** Notification rules: when a person is paged by which contact methods. */

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const MOST_RULES = 10;
const LAST_MINUTE = 1_440;

export const NotificationRule = z
  .object({
    /** Minutes after the page began. The first rule starts at 0. */
    after_minutes: z.int().min(0).max(LAST_MINUTE),
    /** Ids of contact methods; `*` and a channel or `push`, `chat`, `email` for all of that kind, such as `*sms`. */
    methods: z.array(z.string().trim().min(2).max(60)).min(1).max(20),
    /** `delivered`: the rule is skipped if a message of the page is known to have arrived. */
    unless: z.enum(['delivered']).optional(),
  })
  .meta({ id: 'NotificationRule' });
export type NotificationRule = z.infer<typeof NotificationRule>;

const Rules = z
  .array(NotificationRule)
  .min(1)
  .max(MOST_RULES)
  .transform((rules) => [...rules].sort((a, b) => a.after_minutes - b.after_minutes))
  .refine((rules) => rules[0]?.after_minutes === 0, 'The first rule must start at 0 minutes')
  .nullable()
  .default(null);

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Must be a time of day, such as 22:00');

export const QuietHours = z
  .object({
    from: TimeOfDay,
    /** Before `from`: on the next day. Equal to `from`: 24 hours. */
    to: TimeOfDay,
    /** The days on which they begin; every day if absent. */
    days: z.array(z.enum(DAYS)).min(1).max(7).optional(),
    /** The zone of the person or of the schedule if absent. */
    time_zone: TimeZone.optional(),
  })
  .refine(({ from, to, days }) => from !== to || new Set(days).size % 7 !== 0, {
    path: ['to'],
    message: 'Leaves no time at which pages of low urgency are sent',
  });
export type QuietHours = z.infer<typeof QuietHours>;

const Answer = z.object({
  /** Null if the caller names no person and has no e-mail address. */
  person: z.string().nullable(),
  /** For critical and high incidents. */
  high: z.array(NotificationRule),
  /** For the others. */
  low: z.array(NotificationRule),
  /** They hold pages of low urgency. */
  quiet_hours: z
    .object({
      from: z.string(),
      to: z.string(),
      days: z.array(z.enum(DAYS)).optional(),
      time_zone: z.string().optional(),
    })
    .nullable(),
  /** Whether both lists are the defaults. */
  defaults: z.boolean(),
  /** The lists that the person set; the others are the defaults. */
  set: z.array(z.enum(['high', 'low'])),
});

export const ruleOperations = defineContract({
  notificationRules: {
    summary: 'Notification rules of a person, by default of the caller',
    method: 'GET',
    path: '/api/v1/notification-rules',
    access: 'viewer',
    input: z.object({ person: Email.optional() }),
    output: Answer,
  },
  setNotificationRules: {
    summary: 'Replace the notification rules and quiet hours of a person; null for the defaults',
    method: 'PUT',
    path: '/api/v1/notification-rules',
    access: 'viewer',
    input: z.object({
      person: Email.optional(),
      high: Rules,
      low: Rules,
      quiet_hours: QuietHours.nullable().default(null),
    }),
    output: Answer,
  },
});
