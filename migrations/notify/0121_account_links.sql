-- The name of the account that asked for the code, which is the actor of the link.
alter table account_links rename column person_name to created_by;
create index account_links_by_age on account_links (expires_at);
