-- How many rules the longest page of the group has: each may take the time in which a page must be accepted.
alter table page_groups add column rules integer not null default 1;
