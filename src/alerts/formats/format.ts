import type { IncomingHttpHeaders } from 'node:http';
import type { Method } from '../../kernel/ports/contract';
import type { Problem } from '../../kernel/ports/problem';
import type { Severity } from '../../kernel/ports/values';
import type { MappedItem } from '../contract/mapping';
import type { Alert } from '../contract/queries';
import type { ReportInput } from '../domain';
import type { Samples, Snippet } from './samples';

export type { Sample, Samples } from './samples';

import type { FormatHeartbeats } from './heartbeats';
import type { VendorRecords } from './records';

/**
 * A format is how one vendor's tool reports alerts. It is one file in this folder and one line in `index.ts`; the API's
 * enum, routes, OpenAPI, the page for integrations, the conformance test and `docs/formats.md` derive from it.
 */
export interface Format {
  /** Lower-case letters, digits and `_`. Part of an integration's URL and stored with the integration: never change it. */
  id: string;
  /** The tool's own name, such as `Alertmanager`. */
  title: string;
  /** One sentence beside the choice of this format, such as which other tools send it. */
  hint?: string;
  /** The vendor's page that defines the format. */
  source: `https://${string}`;
  endpoints: readonly [Endpoint, ...Endpoint[]];
  /** What an administrator pastes into the tool; the first one is shown first. */
  setup: readonly [Snippet, ...Snippet[]];
  samples: Samples;
}

/** One operation of a vendor's API: most report alerts (`read`), some do something else (`perform`). */
export type Endpoint = ReportEndpoint | ActionEndpoint;

interface EndpointBase {
  /** Identifies an endpoint of the format in logs, metrics and OpenAPI. A format with one endpoint needs none. */
  name?: string;
  summary: string;
  method: Method;
  /** Appended to the integration's URL `/api/v1/integrations/<key>/<id>`. May hold parameters, as in `/:alias/close`. */
  path: '' | `/${string}`;
  /** The vendor's own paths, for tools whose server can be changed but not their paths. */
  vendors?: readonly VendorPath[];
  /** Largest body in bytes of an endpoint without a list, at most 1 MiB, which is the default. */
  largest?: number;
  /**
   * True: the tool also sends forms, urlencoded or multipart, without files. Their fields are the body: texts, and lists of texts
   * for repeated fields. A name: the field of that name holds the body as JSON. Only without a `list`.
   */
  forms?: true | string;
  /** How the tool signs its requests. It counts for integrations with a secret. Not with a key in the body. */
  signature?: Signature;
  /** The vendor's own form of an error. Default: RFC 9457 problem details. `Retry-After` is set in either case. */
  refuse?(problem: Problem, requestId: string): Answer;
}

/** HMAC-SHA256 over the body; with a header of the time, over `<time>:<body>`, the time in seconds since 1970. */
export interface Signature {
  /** The header that holds the signature in hex. */
  header: string;
}

/** An endpoint that reports alerts. */
export interface ReportEndpoint extends EndpointBase {
  /**
   * Name of the list that may be long. Such a body may be as large as LARGEST_BODY; it is spooled to disk and read in parts,
   * and only its first MOST_ALERTS items are taken. Without a list the body is read at once.
   */
  list?: string;
  /** True: the integration's mapping is evaluated first, and `read` gets its values. Only without a `list`. */
  mapped?: true;
  /**
   * Reads a request. Pure: no clock, no I/O. With a `list` it is called for the body with an empty list first, then for
   * parts of the list.
   * @throws Problem `invalid` that names the field, for a body that is not of this format
   */
  read(request: FormatRequest): Reading;
  /** The answer that the vendor's tool expects. Default: 200 with the counts. */
  answer?(taken: Taken, request: FormatRequest, tools: FormatTools): Answer | Promise<Answer>;
  perform?: undefined;
}

/** An endpoint that does something else, such as showing an alert or adding a note to its incident. */
export interface ActionEndpoint extends EndpointBase {
  /** @throws Problem that `refuse` presents */
  perform(tools: FormatTools, request: FormatRequest): Promise<Answer>;
  read?: undefined;
  list?: undefined;
  mapped?: undefined;
}

/** What an endpoint can do, within the integration of its request. */
export interface FormatTools {
  /** Stores what the request reports, as an endpoint with `read` does. */
  deliver(reading: Reading): Promise<Taken>;
  /** The alert of a condition by the vendor's key: the firing one, else the last one; null if it never fired. */
  alertOf(key: string): Promise<Alert | null>;
  /** An alert of this integration by its id; null if there is none. */
  alertWithId(id: string): Promise<Alert | null>;
  /** Stores a change of a system. It is shown beside incidents and notifies no one. */
  recordChange(change: ChangeEvent): Promise<void>;
  integration: { id: string; name: string };
  now(): Date;
  /** Seconds since the request was read. */
  elapsed(): number;
  records: VendorRecords;
  /**
   * Changes the text or severity of the firing alert of a condition; counts no report and opens no alert.
   * @returns the id of the alert; null if none fires
   */
  revise(key: string, change: TextChange): Promise<string | null>;
  /**
   * Does something with the incident of an alert, if no other alert of the incident fires.
   * @throws Problem `unavailable` if incidents does not answer
   */
  act(alertId: string, act: IncidentAct): Promise<ActResult>;
  /** Heartbeats, by the tool's own names. */
  heartbeats: FormatHeartbeats;
  /** The states of some incidents by id. Empty if incidents does not answer. */
  incidentStates(ids: readonly string[]): Promise<ReadonlyMap<string, IncidentState>>;
}

/** A change of an alert's text or severity; absent fields stay. Annotations are merged by name. */
export interface TextChange {
  message?: string;
  severity?: Severity;
  annotations?: Record<string, string>;
}

/** What a tool may ask for on an incident. */
export type IncidentAct =
  | { act: 'snooze'; minutes: number; reason?: string }
  | { act: 'assign'; assignee: string }
  | { act: 'escalate'; reason?: string }
  | { act: 'unacknowledge' };

export interface ActResult {
  /** `shared`: another alert of the incident fires. `refused`: see `detail`. `not_attached`: it has no incident. */
  result: 'done' | 'shared' | 'refused' | 'not_attached';
  detail: string | null;
}

/** The state of an incident, for vendors' alert objects. Instants are RFC 3339. */
export interface IncidentState {
  status: 'open' | 'acknowledged' | 'in_progress' | 'resolved';
  assigned_to: string | null;
  acknowledged_at: string | null;
  resolved_at: string | null;
  snoozed_until: string | null;
}

export interface VendorPath {
  path: `/${string}`;
  credential: Credential;
}

/** The place of the integration's key in a request to a vendor's own path. */
export type Credential =
  /** A field of the JSON body, such as `routing_key`. Only for endpoints without a list. */
  | { in: 'body'; field: string }
  /** A header; with a scheme as in `Authorization: GenieKey <key>`. */
  | { in: 'header'; name: string; scheme?: string }
  /** The parameter `key` of the vendor's path. */
  | { in: 'path' }
  /** A parameter of the query, such as `token`. */
  | { in: 'query'; name: string }
  /** The header Authorization: a bearer token, or the user or the password of Basic. */
  | { in: 'authorization' };

export interface FormatRequest {
  /** Unique for each request: a UUID. */
  requestId: string;
  receivedAt: Date;
  /** The parsed JSON, or the fields of a form; undefined if the body is empty. */
  body: unknown;
  /** Parameters of the path, without the integration's key. */
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, unknown>>;
  headers: IncomingHttpHeaders;
  /** The values of the integration's mapping, for an endpoint with mappings; undefined if the integration has none. */
  mapped?: readonly MappedItem[] | undefined;
}

/** The content of a request. */
export interface Reading {
  events: AlertEvent[];
  /** Set if the tool sent only the first alerts of a group: `hidden` is the number of alerts that it held back. */
  group?: { key: string; hidden: number };
}

/** One condition as a tool reports it. */
export interface AlertEvent {
  /** The tool's own name for the condition, the same from its first firing to its end. */
  key: string;
  /** `acknowledged`: a person acknowledged the condition in the tool; it still fires. */
  status: 'firing' | 'resolved' | 'acknowledged';
  report: Omit<ReportInput, 'dedup_key'>;
  /** True if the payload names no service and `report.service` stands in: the integration's own service comes first. */
  serviceMissing?: boolean;
  /** The tool's own word for the severity, which the integration's map can translate. */
  severityWord?: string;
  /** The end by the tool's clock; null if the tool did not send it. */
  endedAt: Date | null;
  /** If the tool does not report the condition again by then, its alert ends as expired. Absent: it never expires. */
  expiresAt?: Date;
}

/** A change of a system as a tool reports it, such as a deployment. */
export interface ChangeEvent {
  /** Lower case, at most 255 characters. */
  service: string;
  /** As in `AlertEvent`. */
  serviceMissing?: boolean;
  /** At most 2,000 characters. */
  summary: string;
  /** What reports the change, such as a build server; at most 255 characters. */
  source: string;
  /** By the tool's clock; null if the tool did not send it. */
  at: Date | null;
  /** http(s) links, at most 8. */
  links: readonly { text: string; url: string }[];
  /** Within the limits of annotations. */
  details: Readonly<Record<string, string>>;
}

/** The result of a request, stored when `answer` is called. */
export interface Taken {
  counts: Delivered;
  /** The events of a request without a list; empty otherwise. */
  events: readonly AlertEvent[];
  /** Ids of the firing alerts, in the order of their events; empty for an endpoint with a list. */
  alertIds: readonly string[];
  requestId: string;
}

export interface Delivered {
  /** Firing events that were taken, repeated ones included. */
  accepted: number;
  /** Alerts that ended. */
  resolved: number;
  /** Ends and acknowledgements of conditions that did not fire. */
  ignored: number;
  /** Firing alerts that the tool acknowledged; absent if there were none. */
  acknowledged?: number;
  /** Alerts beyond the first ten thousand of a delivery; absent if there were none. */
  left_out?: number;
}

export interface Answer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; undefined sends no body. */
  body: unknown;
}

/** At most so many alerts of one delivery are taken. */
export const MOST_ALERTS = 10_000;

/** Declares a format; the compiler checks it in the format's own file. */
export const defineFormat = <const F extends Format>(format: F): F => format;
