import { type ActionEndpoint, defineFormat, type ReportEndpoint, type Sample } from './format';
import { refuseOpsgenie } from './opsgenieAnswers';
import { answerCreate, readCreate } from './opsgenieCreate';
import {
  createHeartbeat,
  deleteHeartbeat,
  disableHeartbeat,
  enableHeartbeat,
  getHeartbeat,
  listHeartbeats,
  pingHeartbeat,
  updateHeartbeat,
} from './opsgenieHeartbeats';
import { countAlerts, getAlert, listAlerts, listLogs, listNotes, requestStatus } from './opsgenieQueries';
import { snippets } from './opsgenieSetup';
import { acknowledge, assign, close, escalate, remove, snooze, unacknowledge } from './opsgenieStates';
import {
  addDetails,
  addNote,
  addResponder,
  addTags,
  addTeam,
  executeAction,
  removeDetails,
  removeTags,
  updateDescription,
  updateMessage,
  updatePriority,
} from './opsgenieTexts';

/**
 * Opsgenie's Alert API, at the vendor's own path, at the path of Jira Service Management, and below the integration's URL.
 * Each request is processed before it is answered; its result can be asked for by the id of the answer.
 */

const credential = { in: 'header', name: 'Authorization', scheme: 'GenieKey' } as const;
const at = (path: Path) => ({
  path,
  vendors: [
    { path, credential },
    { path: `/jsm/ops/integration${path}` as const, credential },
  ],
  refuse: refuseOpsgenie,
});

type Path = `/v2/${'alerts' | 'heartbeats'}${string}`;
type Perform = ActionEndpoint['perform'];

const request = (
  name: string,
  summary: string,
  method: ActionEndpoint['method'],
  path: Path,
  perform: Perform,
): ActionEndpoint => ({ name, summary, method, ...at(path), perform });

const create: ReportEndpoint = {
  name: 'create',
  summary: 'Opsgenie: create an alert, or count a repeated one',
  method: 'POST',
  ...at('/v2/alerts'),
  read: readCreate,
  answer: answerCreate,
};

const ONE = '/v2/alerts/:identifier';

const reads: readonly ActionEndpoint[] = [
  request('count', 'Opsgenie: count the alerts of this integration', 'GET', '/v2/alerts/count', countAlerts),
  request('request', 'Opsgenie: the result of a request', 'GET', '/v2/alerts/requests/:requestId', requestStatus),
  request('list', 'Opsgenie: list the alerts of this integration', 'GET', '/v2/alerts', listAlerts),
  request('get', 'Opsgenie: one alert', 'GET', ONE, getAlert),
  request('logs', 'Opsgenie: the log of an alert', 'GET', `${ONE}/logs`, listLogs),
  request('notes', 'Opsgenie: the notes of an alert', 'GET', `${ONE}/notes`, listNotes),
];

const states: readonly ActionEndpoint[] = [
  request('close', 'Opsgenie: close an alert', 'POST', `${ONE}/close`, close),
  request('delete', 'Opsgenie: delete an alert, which closes it and keeps its history', 'DELETE', ONE, remove),
  request('acknowledge', 'Opsgenie: acknowledge an alert', 'POST', `${ONE}/acknowledge`, acknowledge),
  request('unacknowledge', 'Opsgenie: take an acknowledgement back', 'POST', `${ONE}/unacknowledge`, unacknowledge),
  request('snooze', 'Opsgenie: snooze an alert until a time', 'POST', `${ONE}/snooze`, snooze),
  request('assign', 'Opsgenie: assign an alert to a user', 'POST', `${ONE}/assign`, assign),
  request('escalate', 'Opsgenie: escalate an alert to the next step', 'POST', `${ONE}/escalate`, escalate),
];

const texts: readonly ActionEndpoint[] = [
  request('addNote', 'Opsgenie: add a note', 'POST', `${ONE}/notes`, addNote),
  request('addTags', 'Opsgenie: add tags', 'POST', `${ONE}/tags`, addTags),
  request('removeTags', 'Opsgenie: remove tags', 'DELETE', `${ONE}/tags`, removeTags),
  request('addDetails', 'Opsgenie: add details', 'POST', `${ONE}/details`, addDetails),
  request('removeDetails', 'Opsgenie: remove details', 'DELETE', `${ONE}/details`, removeDetails),
  request('addResponder', 'Opsgenie: ask for a responder', 'POST', `${ONE}/responders`, addResponder),
  request('addTeam', 'Opsgenie: ask for a team', 'POST', `${ONE}/teams`, addTeam),
  request('action', 'Opsgenie: record a custom action', 'POST', `${ONE}/actions/:name`, executeAction),
  request('message', 'Opsgenie: change the message', 'PUT', `${ONE}/message`, updateMessage),
  request('description', 'Opsgenie: change the description', 'PUT', `${ONE}/description`, updateDescription),
  request('priority', 'Opsgenie: change the priority', 'PUT', `${ONE}/priority`, updatePriority),
];

const BEAT = '/v2/heartbeats/:name';
const PING = `${BEAT}/ping` as const;

const heartbeats: readonly ActionEndpoint[] = [
  request('heartbeatCreate', 'Opsgenie: create a heartbeat, or change it', 'POST', '/v2/heartbeats', createHeartbeat),
  request('heartbeatList', 'Opsgenie: the heartbeats of this integration', 'GET', '/v2/heartbeats', listHeartbeats),
  request('heartbeatGet', 'Opsgenie: one heartbeat', 'GET', BEAT, getHeartbeat),
  request('heartbeatUpdate', 'Opsgenie: change a heartbeat', 'PATCH', BEAT, updateHeartbeat),
  request('heartbeatDelete', 'Opsgenie: delete a heartbeat', 'DELETE', BEAT, deleteHeartbeat),
  request('heartbeatEnable', 'Opsgenie: resume a heartbeat', 'POST', `${BEAT}/enable`, enableHeartbeat),
  request('heartbeatDisable', 'Opsgenie: pause a heartbeat', 'POST', `${BEAT}/disable`, disableHeartbeat),
  request('heartbeatPing', 'Opsgenie: ping a heartbeat', 'POST', PING, pingHeartbeat),
  request('heartbeatPingGet', 'Opsgenie: ping a heartbeat by GET', 'GET', PING, pingHeartbeat),
  request('heartbeatPingPut', 'Opsgenie: ping a heartbeat by PUT', 'PUT', PING, pingHeartbeat),
  request('heartbeatPingPatch', 'Opsgenie: ping a heartbeat by PATCH', 'PATCH', PING, pingHeartbeat),
];

/** A shortened request of Alertmanager 0.33. */
const firing = {
  alias: 'disk/db-1',
  message: 'Disk is full on db-1',
  description: '95% of /var is used',
  details: { alertname: 'DiskFull', service: 'ledger', severity: 'critical' },
  source: 'http://alertmanager.example/#/alerts',
  responders: [{ name: 'sre', type: 'team' }],
  tags: ['prod', 'env:production'],
  priority: 'P2',
  entity: 'db-1',
};

const named = (endpoint: string, body?: unknown, more: Partial<Sample> = {}): Sample => ({
  endpoint,
  params: { identifier: 'disk/db-1', ...more.params },
  query: { identifierType: 'alias', ...more.query },
  ...(body !== undefined && { body }),
});

const created: Sample = {
  endpoint: 'heartbeatCreate',
  body: { name: 'nightly-backup', interval: 1, intervalUnit: 'days', enabled: true, alertPriority: 'P2' },
};
const ofBeat = (endpoint: string, body?: unknown): Sample => ({
  ...{ endpoint, before: created, params: { name: 'nightly-backup' } },
  ...(body !== undefined && { body }),
});

export const opsgenie = defineFormat({
  id: 'opsgenie',
  title: 'Opsgenie',
  hint: 'The Alert API of Opsgenie and Jira Service Management, which Grafana, Zabbix, Gatus and Apprise speak too.',
  source: 'https://docs.opsgenie.com/docs/alert-api',
  endpoints: [create, ...reads, ...states, ...texts, ...heartbeats],
  setup: snippets,
  samples: {
    firing: { body: firing },
    resolved: named('close', { source: 'http://alertmanager.example/#/alerts' }),
    others: [
      { endpoint: 'request', answered: { requestId: 'requestId' } },
      { endpoint: 'count', query: { query: 'status: open' } },
      { endpoint: 'list', query: { query: 'status: open AND priority: P2', limit: '10' } },
      named('get'),
      named('logs'),
      named('notes'),
      named('acknowledge', { user: 'maria', note: 'I take it' }),
      named('unacknowledge', {}),
      named('snooze', { endTime: '9000-01-01T00:00:00Z' }),
      named('assign', { owner: { username: 'maria@example.com' } }),
      named('escalate', { escalation: { name: 'sre' } }),
      named('delete'),
      named('addNote', { note: 'The disk is being replaced' }),
      named('addTags', { tags: ['storage'] }),
      named('removeTags', undefined, { query: { tags: 'prod,storage' } }),
      named('addDetails', { details: { rack: 7 } }),
      named('removeDetails', undefined, { query: { keys: 'alertname' } }),
      named('addResponder', { responder: { type: 'user', username: 'maria@example.com' } }),
      named('addTeam', { team: { name: 'dba' } }),
      named('action', {}, { params: { name: 'restart' } }),
      named('message', { message: 'Disk is full on db-1 and db-2' }),
      named('description', { description: '99% of /var is used' }),
      named('priority', { priority: 'P1' }),
      created,
      { endpoint: 'heartbeatList' },
      ofBeat('heartbeatGet'),
      ofBeat('heartbeatUpdate', { interval: 12, intervalUnit: 'hours', ownerTeam: { name: 'dba' } }),
      ofBeat('heartbeatDelete'),
      ofBeat('heartbeatEnable', {}),
      ofBeat('heartbeatDisable', {}),
      ofBeat('heartbeatPing'),
      ofBeat('heartbeatPingGet'),
      ofBeat('heartbeatPingPut'),
      ofBeat('heartbeatPingPatch'),
    ],
    refused: [
      { field: '', body: ['Disk is full'] },
      { field: 'alias', body: { ...firing, alias: { name: 'disk' } } },
    ],
  },
});
