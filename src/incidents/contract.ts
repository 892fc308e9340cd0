import { defineContract } from '../kernel/contract';
import { EventsAsked, EventsTold, standingOperation } from '../kernel/values';
import { actingOperations } from './contract/acting';
import { escalatingOperations } from './contract/escalating';
import { lookingOperations } from './contract/looking';
import { machineOperations } from './contract/machines';

export { SORTS } from './contract/looking';
export {
  AlertSnapshot,
  EVENT_TYPES,
  INCIDENT_FACTS,
  Incident,
  type IncidentFact,
  type Reach,
  STATUSES,
  type Status,
} from './contract/shared';

/** What a human must act on: opened, looked up, acted on and escalated. */
export const incidentsContract = defineContract({
  ...lookingOperations,
  ...actingOperations,
  ...escalatingOperations,
  ...machineOperations,
  standing: standingOperation('incidents'),
  events: {
    summary: 'Facts of this module in commit order; waits until there is one or `wait_ms` is over',
    method: 'GET',
    path: '/internal/incidents/events',
    access: 'internal',
    quiet: true,
    input: EventsAsked,
    output: EventsTold,
  },
});
export type IncidentsContract = typeof incidentsContract;
