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
import { alertmanagerRoutes } from './contract/alertmanagerApi';
import { Change, changeOperations } from './contract/changes';
import type { DecisionEntry, MuteCause } from './contract/decision';
import { type FormatId, vendorRoutes } from './contract/formats';
import {
  Heartbeat,
  type HeartbeatSchedule,
  type HeartbeatState,
  heartbeatOperations,
  PINGS_KEPT,
} from './contract/heartbeats';
import { intakeOperations, MOST_IN_BATCH } from './contract/intake';
import { Integration, integrationOperations } from './contract/integrations';
import { type MaintenanceWindow, maintenanceOperations } from './contract/maintenance';
import type { Mapping } from './contract/mapping';
import { muteCalendarOperations } from './contract/muteCalendar';
import { PingKey, pingKeyOperations, pingRoutes } from './contract/pingKeys';
import { Alert, queryOperations } from './contract/queries';
import { Accepted, AlertReport, Noted } from './contract/report';
import { type Rule, ruleOperations } from './contract/rules';
import { serviceWindowOperations } from './contract/serviceWindows';
import { type Silence, silenceOperations } from './contract/silences';
import { type Backtest, trialOperations } from './contract/trial';

export {
  Accepted,
  Alert,
  AlertReport,
  type Backtest,
  Change,
  type DecisionEntry,
  type FormatId,
  Heartbeat,
  type HeartbeatSchedule,
  type HeartbeatState,
  Integration,
  type MaintenanceWindow,
  type Mapping,
  MOST_IN_BATCH,
  type MuteCause,
  Noted,
  PINGS_KEPT,
  PingKey,
  type Rule,
  type Silence,
};
/** Endpoints that vendors' tools post to, those that jobs ping, and those that tools of Alertmanager read. */
export const alertsRoutes = { ...vendorRoutes, ...pingRoutes, ...alertmanagerRoutes };

/** What machines report: intake, alerts, integrations. */
export const alertsContract = defineContract({
  ...intakeOperations,
  ...queryOperations,
  ...integrationOperations,
  ...heartbeatOperations,
  ...pingKeyOperations,
  ...changeOperations,
  ...silenceOperations,
  ...maintenanceOperations,
  ...muteCalendarOperations,
  ...ruleOperations,
  ...serviceWindowOperations,
  ...trialOperations,
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
  ...walkOperations('alerts'),
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
  'alerts_attached',
  'alerts_released',
  'silence_created',
  'silence_updated',
  'silence_ended',
  'maintenance_window_created',
  'maintenance_window_updated',
  'maintenance_window_ended',
  'maintenance_window_deleted',
  'rule_created',
  'rule_updated',
  'rule_deleted',
  'rules_reordered',
  'service_window_set',
  'integration_created',
  'integration_updated',
  'integration_key_rotated',
  'integration_revoked',
  'heartbeat_created',
  'heartbeat_updated',
  'heartbeat_deleted',
  'heartbeat_paused',
  'heartbeat_resumed',
  'heartbeat_changed',
  'ping_key_created',
  'ping_key_rotated',
  'ping_key_revoked',
  'change_recorded',
] as const;
export type AlertsEvent = (typeof ALERTS_EVENTS)[number];
