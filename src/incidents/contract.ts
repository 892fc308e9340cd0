import * as z from 'zod';
import { defineContract } from '../kernel/ports/contract';
import {
  EventsInput,
  EventsOutput,
  ServicesInput,
  serviceNamesOperation,
  statusOperation,
} from '../kernel/ports/values';
import { walkOperations } from '../kernel/ports/walk';
import { answerOperations } from './contract/answers';
import { commandOperations } from './contract/commands';
import { escalationOperations } from './contract/escalation';
import { internalOperations } from './contract/internal';
import { postmortemOperations } from './contract/postmortem';
import { queryOperations } from './contract/queries';
import { sourceOperations } from './contract/sources';

export { SORTS } from './contract/queries';
export {
  AlertRouting,
  AlertSnapshot,
  EVENT_TYPES,
  INCIDENT_EVENT_KINDS,
  Incident,
  type IncidentEventKind,
  type Reach,
  STATUSES,
  type Status,
  TimelineEntry,
  UPSTREAM_EVENTS,
} from './contract/shared';

/** The operations on incidents: open, query, change and escalate what a human must act on. */
export const incidentsContract = defineContract({
  ...queryOperations,
  ...commandOperations,
  ...escalationOperations,
  ...postmortemOperations,
  ...internalOperations,
  ...sourceOperations,
  ...answerOperations,
  serviceNames: serviceNamesOperation('incidents'),
  serviceNoise: {
    summary: 'How many incidents of each service are open, and how many began in the last 7 and 30 days',
    method: 'POST',
    path: '/internal/incidents/service-noise',
    access: 'internal',
    quiet: true,
    input: ServicesInput,
    output: z.object({
      services: z.array(
        z.object({
          service: z.string(),
          /** Not resolved. */
          open: z.int(),
          unacknowledged: z.int(),
          last_7d: z.int(),
          last_30d: z.int(),
        }),
      ),
    }),
  },
  ...walkOperations('incidents'),
  standing: statusOperation('incidents'),
  events: {
    summary: 'Events of this module in commit order; waits until there is one or `wait_ms` is over',
    method: 'GET',
    path: '/internal/incidents/events',
    access: 'internal',
    quiet: true,
    input: EventsInput,
    output: EventsOutput,
  },
});
export type IncidentsContract = typeof incidentsContract;
