import type * as z from 'zod';
import { defineContract } from '../kernel/ports/contract';
import { EventsInput, EventsOutput, statusOperation } from '../kernel/ports/values';
import { walkOperations } from '../kernel/ports/walk';
import { coverageOperations } from './contract/coverage';
import { dependencyOperations } from './contract/dependencies';
import { dutyOperations } from './contract/duty';
import { feedOperations, feedRoutes } from './contract/feeds';
import { overrideOperations } from './contract/overrides';
import {
  type PolicyTarget as PolicyTargetSchema,
  policyOperations,
  type SupportHours as SupportHoursSchema,
} from './contract/policies';
import { reachOperations } from './contract/reach';
import { recordOperations } from './contract/records';
import { registryOperations } from './contract/registry';
import { scheduleOperations } from './contract/schedules';
import { stepOperations } from './contract/steps';

/** The contract of oncall, joined from its parts. */

export type PolicyTarget = z.infer<typeof PolicyTargetSchema>;
export type SupportHours = z.infer<typeof SupportHoursSchema>;
export { CalendarInstant, Handoff, Layer, Shift, Source } from './contract/calendar';
export { ONCALL_EVENTS, type OncallEvent, type OncallHistory } from './contract/events';
export { PolicyDraft } from './contract/policies';
export type { WeakPerson } from './contract/reach';
export { ROLES } from './contract/shared';
export { StepTold } from './contract/steps';

export const oncallContract = defineContract({
  ...policyOperations,
  ...coverageOperations,
  ...reachOperations,
  ...feedOperations,
  ...scheduleOperations,
  ...dutyOperations,
  ...overrideOperations,
  ...recordOperations,
  ...registryOperations,
  ...dependencyOperations,
  ...stepOperations,
  ...walkOperations('oncall'),
  standing: statusOperation('oncall'),
  events: {
    summary: 'Events of this module in commit order; waits until there is one or `wait_ms` is over',
    method: 'GET',
    path: '/internal/oncall/events',
    access: 'internal',
    quiet: true,
    input: EventsInput,
    output: EventsOutput,
  },
});
export type OncallContract = typeof oncallContract;

/** Paths outside the contract, declared so that the gateway knows their access. */
export const oncallRoutes = { ...feedRoutes };
