-- When the hours of a rule end, a job releases what the rule holds. Rules that exist get their job here.
insert into jobs (kind, key, payload, run_at, created_at)
select 'rule-hours', 'rule-hours', '{}', now(), now() where exists (select 1 from alert_rules where during is not null)
on conflict do nothing;
