-- Sent messages that show the state of an incident and are updated in place as it changes: those in rooms, and the pages of
-- people, on channels that can update.
create table incident_messages (
  notification_id uuid primary key,
  incident_id varchar(255) not null,
  channel text not null,
  recipient text not null,
  audience text not null check (audience = any (cast('{room, person}' as text[]))),
  -- The provider's reference of the message.
  provider_ref text not null,
  -- The state that it shows; null if it was sent before the state was known.
  shown jsonb,
  -- When an update is due; null if the message shows the latest state.
  due_at timestamptz,
  -- After its last update, no other update of the same address is made before.
  free_at timestamptz,
  -- Failures in a row, and when they began.
  failures integer not null default 0,
  failing_since timestamptz,
  last_error text,
  -- The provider had lost the message, so it was sent again. This happens once.
  sent_again boolean not null default false,
  -- How many messages about changes its thread has.
  details integer not null default 0,
  -- No further update can succeed.
  ended boolean not null default false,
  created_at timestamptz not null
);
create index incident_messages_of_incident on incident_messages (incident_id);
create index incident_messages_due on incident_messages (channel, recipient, due_at) where due_at is not null;
create index incident_messages_paced on incident_messages (channel, recipient, free_at) where free_at is not null;
create index incident_messages_oldest on incident_messages (created_at);
