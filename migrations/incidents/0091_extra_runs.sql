-- Exhausted policies run again before their regular try if another address can be paged, or a channel works again.

-- The addresses of the pages that count; null in rows of earlier versions.
alter table page_groups add column recipients jsonb;

-- The time of the regular try, while an extra run comes before it.
alter table escalations add column resume_at timestamptz;

create index escalations_exhausted on escalations (incident_id) where state = 'exhausted' and next_step is not null;
