-- Set while an acknowledgement has stopped the escalation before its first step said how many people must acknowledge. The
-- result of that step, or its job, decides whether the escalation continues.
alter table escalations add column acks_unsure boolean not null default false;
