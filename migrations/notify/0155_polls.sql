-- Channels whose updates are fetched from the provider. One process at a time holds the poll, until `held_until`.
create table polls (
  channel text primary key,
  -- The account at the provider: another account has update ids of its own.
  account text not null,
  next_update bigint not null default 0,
  holder uuid,
  held_until timestamptz not null default '-infinity'
);

-- Updates that were fetched, verified and translated. The gateway follows their events, and acts.
create table polled_updates (
  id uuid primary key,
  channel text not null,
  content jsonb not null,
  at timestamptz not null
);
create index polled_updates_oldest on polled_updates (at);

-- Addresses that a provider replaced, such as a Telegram group that became a supergroup.
create table moved_addresses (
  channel text not null,
  address text not null,
  moved_to text not null,
  at timestamptz not null,
  primary key (channel, address)
);
