-- The contract holds the kinds of notices: a correction of an earlier notice is one more.
alter table notifications drop constraint if exists notifications_outcome_check;
