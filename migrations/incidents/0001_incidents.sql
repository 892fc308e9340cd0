-- Incidents, their notes and their timeline.
create table incidents (
  id uuid primary key default gen_random_uuid(),
  title varchar(500) not null,
  service varchar(255) not null,
  severity varchar(20) not null check (severity in ('critical', 'high', 'medium', 'low')),
  status varchar(20) not null default 'open' check (status in ('open', 'acknowledged', 'in_progress', 'resolved')),
  assigned_to varchar(255),
  -- Null if the assignee is a text that matches no person, who then cannot be paged.
  assignee_email varchar(255),
  team varchar(255),
  alert_count integer not null default 0 check (alert_count >= 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  acknowledged_at timestamptz,
  resolved_at timestamptz,
  mtta_seconds double precision,
  mttr_seconds double precision,
  constraint incidents_are_acknowledged_unless_open check ((status = 'open') = (acknowledged_at is null)),
  constraint incidents_resolved_at_says_so check ((status = 'resolved') = (resolved_at is not null))
);
create index incidents_status on incidents (status);
create index incidents_service on incidents (service);
create index incidents_severity on incidents (severity);
create index incidents_newest on incidents (created_at desc, id desc);
create index incidents_status_severity on incidents (status, severity);
create index incidents_correlatable on incidents (service, severity, created_at desc) where status <> 'resolved';
-- A count of unresolved incidents reads only these, not all resolved ones.
create index incidents_unresolved on incidents (status) where status <> 'resolved';
create index incidents_resolved_at on incidents (resolved_at) where status = 'resolved';

create function fill_updated_at() returns trigger language plpgsql as $$
begin
  if new.updated_at is not distinct from old.updated_at then
    new.updated_at := now();
  end if;
  return new;
end
$$;
create trigger incidents_updated_at before update on incidents for each row execute function fill_updated_at();

create table incident_notes (
  id uuid primary key default gen_random_uuid(),
  incident_id uuid not null references incidents (id) on delete cascade,
  author varchar(255) not null default 'system',
  content text not null,
  created_at timestamptz not null default now()
);
create index incident_notes_of on incident_notes (incident_id, created_at);

-- Entries of one transaction can have the same time; the sequence keeps the order of their inserts.
create sequence incident_timeline_seq;

-- Each month is a partition that is dropped as a whole, because rows are never deleted.
create table incident_timeline (
  id uuid not null default gen_random_uuid(),
  incident_id uuid not null references incidents (id) on delete cascade,
  event_type varchar(50) not null check (event_type in (
    'created', 'acknowledged', 'in_progress', 'resolved', 'reopened', 'assigned', 'escalated', 'note_added',
    'alert_correlated', 'alert_resolved', 'paged', 'page_failed', 'nobody_reached', 'escalation_exhausted')),
  actor varchar(255) not null default 'system',
  detail jsonb not null default '{}',
  created_at timestamptz not null default now(),
  seq bigint not null default nextval('incident_timeline_seq'),
  primary key (id, created_at)
) partition by range (created_at);
create index incident_timeline_of on incident_timeline (incident_id, created_at, seq);
-- The default partition takes entries of a month whose partition does not exist yet.
create table incident_timeline_other partition of incident_timeline default;

-- Also refuses the cascade of a deleted incident: an incident is deleted only after the months of its entries.
create function refuse_timeline_change() returns trigger language plpgsql as $$
begin
  raise exception 'the timeline is append-only' using errcode = 'restrict_violation';
end
$$;
create trigger incident_timeline_is_append_only before update or delete on incident_timeline
  for each row execute function refuse_timeline_change();
create trigger incident_timeline_is_not_truncated before truncate on incident_timeline
  for each statement execute function refuse_timeline_change();
