import * as z from 'zod';
import { Id, Instant, idInPath, Labels, Severity } from '../../kernel/ports/values';
import { DecisionEntry } from './decision';
import { MOST_RULES, RuleDraft } from './rules';

/** Operations that show what a configuration does, before people use it. */

const LARGEST_PAYLOAD = 1024 * 1024;
/** Events of a payload that a test shows. */
export const MOST_TRIED = 100;

/** What happens to a report. `held` waits for more reports or for time to pass; `unchanged` changes nothing. */
const TRIED_RESULTS = ['incident', 'muted', 'held', 'dropped', 'resolved', 'acknowledged', 'unchanged'] as const;

const TriedEvent = z
  .object({
    /** The tool's own name of the condition. */
    key: z.string(),
    status: z.enum(['firing', 'resolved', 'acknowledged']),
    /** After the settings of the integration and all rules. */
    service: z.string(),
    severity: Severity,
    message: z.string(),
    labels: Labels,
    source: z.string(),
    annotations: z.record(z.string(), z.string()),
    result: z.enum(TRIED_RESULTS),
    /** The reasons, in the order of the stages. */
    decision: z.array(DecisionEntry),
    /** The firing alert of the condition; null if none fires. */
    alert_id: Id.nullable(),
    /** The incident that the event reaches; null if it reaches none. */
    incident: z
      .object({
        /** Null for a new incident. */
        id: Id.nullable(),
        team: z.string().nullable().describe('The team that the incident belongs to; null if no team owns the service'),
        policy: z.string().nullable().describe('The team whose escalation policy pages; null if nobody is paged'),
      })
      .nullable(),
  })
  .meta({ id: 'TriedEvent' });

/** Whether a page would be missed, or new, with the draft. */
const PageChange = z
  .object({
    alert_id: Id,
    at: Instant,
    service: z.string(),
    severity: Severity,
    message: z.string(),
    /**
     * Why the other configuration does not page: a rule drops the report, a mute or a hold waits, the rule opens the incident
     * without a page, or the alert joins the incident of `joined`. `later`: it pages for this alert at another time only.
     */
    because: z.enum(['dropped', 'muted', 'held', 'no_page', 'joined', 'later']),
    /** The alert that opened the incident. */
    joined: Id.nullable(),
    /** The reasons of the configuration that does not page. */
    decision: z.array(DecisionEntry),
  })
  .meta({ id: 'PageChange' });

const Counted = z.object({
  incidents: z.int(),
  pages: z.int(),
  /** Alerts whose first report a rule drops, or that end muted or held. */
  dropped: z.int(),
  muted: z.int(),
  held: z.int(),
});

/** What a back-test leaves out. */
export const NOT_CONSIDERED = ['upstreams', 'ended_mutes'] as const;

const Backtest = z
  .object({
    id: Id,
    state: z.enum(['running', 'done', 'cancelled', 'failed']),
    days: z.int(),
    started_at: Instant,
    started_by: z.string(),
    finished_at: Instant.nullable(),
    /** Alerts that were replayed, and how many there are. */
    progress: z.object({ alerts: z.int(), of: z.int() }),
    /** Why it failed. */
    reason: z.string().nullable(),
    /**
     * What the replay leaves out on both sides: incidents of upstreams with the waits for them, and silences
     * and windows that have ended or are deleted. `flapping` is no longer left out.
     */
    not_considered: z.array(z.enum(['flapping', ...NOT_CONSIDERED])),
    /** Null until it is done. */
    result: z
      .object({
        alerts: z.int(),
        events: z.int(),
        current: Counted,
        draft: Counted,
        missed_total: z.int(),
        new_total: z.int(),
        /** The pages of the current rules that the draft would not send; the first 200. */
        missed: z.array(PageChange),
        /** The pages that only the draft would send; the first 200. */
        new: z.array(PageChange),
        /** Alerts without complete history: nothing is said about their pages. */
        without_history: z.int(),
        /** Reports that the rules of now dropped since they exist. They are not stored, so the draft was not run on them. */
        dropped_not_replayed: z.int(),
        /** Set if the replay stopped at 1,000,000 events: alerts since then were not replayed. */
        stopped_at: Instant.nullable(),
      })
      .nullable(),
  })
  .meta({ id: 'Backtest' });
export type Backtest = z.infer<typeof Backtest>;

const id = idInPath('Invalid ID format');

export const trialOperations = {
  testIntegration: {
    summary:
      'What a payload of an integration would do: its events, decisions, incidents and policies; nothing is stored',
    method: 'POST',
    path: '/api/v1/integrations/:id/test',
    access: 'responder',
    bodyLimit: LARGEST_PAYLOAD,
    asSent: 'payload',
    input: z.object({
      id: idInPath('Invalid integration ID format'),
      /** The body as the tool sends it: JSON, or a text that holds JSON. */
      payload: z.unknown(),
      /** Name of the endpoint, if the format has several; default: the first one that reports alerts. */
      endpoint: z.string().max(64).optional(),
      /** Parameters of the endpoint's path and query. */
      params: z.record(z.string().max(64), z.string().max(512)).default({}),
      query: z.record(z.string().max(64), z.string().max(512)).default({}),
    }),
    output: z.object({
      events: z.array(TriedEvent),
      /** Events after the first hundred, which are not shown. */
      left_out: z.int(),
    }),
  },
  rulesMatches: {
    summary: 'The newest stored alerts that a draft of a rule matches, and what it would do with each',
    method: 'POST',
    path: '/api/v1/rules/matches',
    access: 'responder',
    input: z.object({ rule: RuleDraft, limit: z.int().min(1).max(100).default(100) }),
    output: z.object({
      /** Newest first. */
      alerts: z.array(
        z.object({
          id: Id,
          created_at: Instant,
          status: z.enum(['firing', 'resolved']),
          incident_id: Id.nullable(),
          /** As the source reported them. */
          service: z.string(),
          severity: Severity,
          message: z.string(),
          labels: Labels,
          /** What the rule would do, as in a decision: `drop`, or `set severity low, stop`. */
          did: z.string(),
          /** The fields after the rule. */
          after: z.object({ service: z.string(), severity: Severity, message: z.string(), labels: Labels }),
        }),
      ),
      /** How many of the newest alerts were compared; at most 20,000. */
      compared: z.int(),
      /** True if older alerts were not compared. */
      more: z.boolean(),
    }),
  },
  startBacktest: {
    summary: 'Replay stored alerts through a draft of all rules and through the rules of now; one run at a time',
    method: 'POST',
    path: '/api/v1/rules/backtest',
    access: 'responder',
    input: z.object({
      days: z.int().min(1).max(30).default(7),
      /** All rules of the draft, in their order. */
      draft: z.array(RuleDraft).max(MOST_RULES),
    }),
    output: Backtest,
    status: 202,
  },
  getBacktest: {
    summary: 'A back-test: its progress, and what would change when it is done; kept for a day',
    method: 'GET',
    path: '/api/v1/rules/backtest/:id',
    access: 'responder',
    quiet: true,
    input: z.object({ id }),
    output: Backtest,
  },
  cancelBacktest: {
    summary: 'Cancel a back-test; one that is over stays as it is',
    method: 'DELETE',
    path: '/api/v1/rules/backtest/:id',
    access: 'responder',
    input: z.object({ id }),
    output: Backtest,
  },
} as const;
