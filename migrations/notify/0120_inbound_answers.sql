-- Answers of people that providers passed on. The provider's id of an answer acts once. An answer without a result that is
-- older than its lease was interrupted, and the next request with its id takes it over.
create table inbound_answers (
  channel text not null,
  answer_id text not null,
  action text not null,
  incident_id uuid,
  person_name text,
  person_email text,
  received_at timestamptz not null,
  result jsonb,
  primary key (channel, answer_id)
);
create index inbound_answers_by_age on inbound_answers (received_at);
create index inbound_answers_of_incident on inbound_answers (incident_id);

-- Codes by which a person links an account at a provider. Only their hashes are stored.
create table account_links (
  code_hash bytea primary key,
  person_name text not null,
  person_email text not null,
  expires_at timestamptz not null
);
create index account_links_of_person on account_links (person_email);
