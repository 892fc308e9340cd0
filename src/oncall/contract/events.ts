/** The event types of this module. The first list is also kept in the history of each team. */
const HISTORY = [
  'schedule_created',
  'schedule_updated',
  'schedule_deleted',
  'schedule_version_withdrawn',
  'rotation_change',
  'override_start',
  'override_added',
  'override_moved',
  'override_end',
  'override_expired',
  'policy_set',
  'policy_deleted',
  'escalation',
] as const;
export type OncallHistory = (typeof HISTORY)[number];

export const ONCALL_EVENTS = [
  ...HISTORY,
  'person_set',
  'person_deleted',
  'team_forgotten',
  'team_room_set',
  'team_handoff_notice_set',
  'service_set',
  'service_forgotten',
  'service_dependencies_set',
  'feed_created',
  'feed_revoked',
] as const;
export type OncallEvent = (typeof ONCALL_EVENTS)[number];
