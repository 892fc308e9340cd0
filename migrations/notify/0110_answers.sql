-- The provider's reference of a sent message, by which a later message updates it or joins its thread.
alter table notifications add column provider_ref text;
-- `code` for a verification code, `drill` for a drill, `test` for a test; null for any other message.
alter table notifications add column kind text;

-- The state of an incident as the modules above reported it last. An older state never replaces a newer one.
create table incident_states (
  incident_id text primary key,
  state jsonb not null,
  -- When the incident changed to this state; the epoch if that was not reported.
  changed_at timestamptz not null,
  stored_at timestamptz not null
);
create index incident_states_oldest on incident_states (stored_at);

-- Short codes for answers by text. A code names one subject (an incident, or one notification about several) at an
-- address, and no other subject gets it within a day.
create table answer_codes (
  address text not null,
  code integer not null,
  subject text not null,
  -- The latest notification that carried the code.
  notification_id uuid not null,
  given_at timestamptz not null,
  primary key (address, code)
);
create index answer_codes_of_subject on answer_codes (address, subject, given_at desc);
create index answer_codes_oldest on answer_codes (given_at);
