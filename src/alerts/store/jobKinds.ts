import type { WalkJobs } from '../../kernel/jobs/walks';
import type { Rise, SavedCaller, TruncatedGroup } from '../domain';

/** An alert of an `attach` job, and the number of its reports that the job attaches. */
export interface AttachItem {
  id: string;
  /** How many reports; the alert's count includes them. */
  reports: number;
  /** True if the first of the reports created the alert. */
  made?: boolean;
  /** Set if the reports raised the severity of an alert that was firing before. */
  raised?: Rise | null;
}

/** An alert that ended, as incidents gets it. */
export interface EndedItem {
  alert_id: string;
  ended_at: string;
  replaced?: boolean;
  /** Set if the alert expired: the time of its last report. */
  silent_since?: string;
  /** Set if the end does not resolve the incident, or only one that a person acknowledged. */
  keeps_open?: 'always' | 'unless_acknowledged';
  /** Its fingerprint, if its identity flaps. Added when the job runs. */
  flapping?: string;
}

/** Kinds of jobs of this module, with their payloads. `since` is when the job was enqueued. */
export type AlertJobs = WalkJobs & {
  /**
   * Attaches alerts to incidents; enqueued in the transaction that stores the reports. `made` holds the ids of alerts
   * created by exactly one report, which keeps the payload of most jobs small; `alerts` holds all others.
   */
  attach: { made?: string[]; alerts: AttachItem[]; by: SavedCaller; since: string };
  /** Reports to incidents that alerts ended. */
  'report-ended': {
    alerts: EndedItem[];
    by: SavedCaller;
    since: string;
    group?: TruncatedGroup;
  };
  /** Reports to incidents how many alerts of a group its source holds back. */
  'report-group': { group: TruncatedGroup; alerts: string[]; by: SavedCaller; since: string };
  /** Reports to incidents that a tool acknowledged alerts at `at`. */
  'report-acknowledged': { alerts: string[]; at: string; by: SavedCaller; since: string };
  /** Ends those of these alerts that are due to expire now. A later report moved the expiry of all others. */
  expire: { alerts: string[] };
  /** Looks at a heartbeat: whether its deadline has passed, and whether its alert fires as it should. */
  heartbeat: { id: string };
  /** Adds a note to the incident of an alert, as soon as the alert has one. */
  'note-incident': { alert_id: string; author: string; content: string; by: SavedCaller; since: string };
  /**
   * Runs rules and mutes again for the alerts that a mute mutes. Due when the mute ends, and enqueued in the transaction
   * that changes it.
   */
  'release-muted': { mute: string };
  /**
   * Runs rules, mutes and holds again for held alerts: those whose delay is over, those that wait for the counter `key`, or
   * all. Enqueued in the transaction that stores the delay, reaches the count, or changes the rules.
   */
  'release-held': { alerts?: string[]; key?: string };
  /** Ends the flapping of an identity that has been quiet and does not fire. */
  'end-flapping': { fingerprint: string };
  /** Reports to incidents that identities flap no longer. */
  'flapping-ended': { fingerprints: string[]; since: string };
  /** Notifies a team that the incident of an upstream affects a service: the team of the route, else the owner. */
  'notice-affected': { incident_id: string; service: string; title: string; since: string; team?: string };
  /** Releases what rules hold whose hours are over. */
  'rule-hours': Record<string, never>;
  /** Deletes old rows, once a day. */
  retention: Record<string, never>;
};
