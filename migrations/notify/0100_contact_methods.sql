-- The addresses of people on channels.
create table contact_methods (
  id uuid primary key default gen_random_uuid(),
  -- The e-mail address of the person, in lower case.
  person_email text not null,
  channel text not null,
  -- In the one spelling that is stored; `address_key` is equal for all spellings of one address.
  address text not null,
  address_key text not null,
  label text not null default '',
  state text not null default 'unverified'
    check (state = any (cast('{unverified, verified, failing, disabled}' as text[]))),
  position integer not null,
  verified_at timestamptz,
  last_delivered_at timestamptz,
  last_answered_at timestamptz,
  last_error text,
  -- Permanent failures in a row, and the first of them.
  failures integer not null default 0,
  failing_since timestamptz,
  -- Set while the owner of the address refuses messages (STOP).
  stopped_at timestamptz,
  created_at timestamptz not null,
  created_by text not null,
  unique (person_email, channel, address_key)
);
create index contact_methods_by_address on contact_methods (channel, address_key);

-- A phone number belongs to one person, on whatever channels.
create table contact_phones (
  number text primary key,
  person_email text not null
);

-- The latest code of a method. Only its hash is stored.
create table contact_codes (
  method_id uuid primary key references contact_methods (id) on delete cascade,
  code_hash text not null,
  expires_at timestamptz not null,
  tries integer not null default 0
);

-- Codes and test messages that were sent, so that they are paced even if a method is deleted and added again.
create table contact_sends (
  person_email text not null,
  channel text not null,
  address_key text not null,
  at timestamptz not null
);
create index contact_sends_by_person on contact_sends (person_email, at);
create index contact_sends_by_address on contact_sends (channel, address_key, at);

-- The contact method and the page of a notification; the number of the rule of the page, from 0. The address of a device
-- can be longer than 500 characters.
alter table notifications
  alter column recipient type text,
  add column method_id uuid,
  add column page_id uuid,
  add column rule_no integer;
create index notifications_of_page on notifications (page_id) where page_id is not null;
create index notifications_of_method on notifications (method_id) where method_id is not null and status = 'queued';
