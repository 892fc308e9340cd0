-- A page to a person without a usable contact method, at the address of their schedule entry. It has one rule, and follows the
-- rules of the person if they have a method by the time it starts.
-- Null in rows of the version before, which still runs during an upgrade.
alter table pages add column by_entry boolean default false;
