import * as z from 'zod';
import { defineContract } from '../kernel/ports/contract';
import {
  EventsInput,
  EventsOutput,
  ServicesInput,
  serviceNamesOperation,
  statusOperation,
} from '../kernel/ports/values';
import { type FormatId, vendorRoutes } from './contract/formats';
import { intakeOperations, MOST_IN_BATCH } from './contract/intake';
import { Integration, integrationOperations } from './contract/integrations';
import { Alert, queryOperations } from './contract/queries';
import { Accepted, AlertReport, Noted } from './contract/report';

export { Accepted, Alert, AlertReport, type FormatId, Integration, MOST_IN_BATCH, Noted };
/** Endpoints that vendors' tools post to. */
export const alertsRoutes = vendorRoutes;

/** What machines report: intake, alerts, integrations. */
export const alertsContract = defineContract({
  ...intakeOperations,
  ...queryOperations,
  ...integrationOperations,
  serviceNames: serviceNamesOperation('alerts'),
  serviceNoise: {
    summary: 'How many alerts each service had in the last 7 and 30 days',
    method: 'POST',
    path: '/internal/alerts/service-noise',
    access: 'internal',
    quiet: true,
    input: ServicesInput,
    output: z.object({ services: z.array(z.object({ service: z.string(), last_7d: z.int(), last_30d: z.int() })) }),
  },
  standing: statusOperation('alerts'),
  events: {
    summary: 'Events of this module in commit order; waits up to `wait_ms` for the first one',
    method: 'GET',
    path: '/internal/alerts/events',
    access: 'internal',
    quiet: true,
    input: EventsInput,
    output: EventsOutput,
  },
});
export type AlertsContract = typeof alertsContract;

/** Kinds of the events of this module. */
export const ALERTS_EVENTS = [
  'alerts_received',
  'alerts_ended',
  'alerts_acknowledged',
  'alerts_incidents_changed',
  'integration_created',
  'integration_revoked',
] as const;
export type AlertsEvent = (typeof ALERTS_EVENTS)[number];
