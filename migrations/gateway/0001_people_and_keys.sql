-- Users, sessions and API keys. Secrets are never stored: passwords as argon2id, tokens and keys as SHA-256.
create table users (
  id uuid primary key,
  username text not null check (username = btrim(username) and length(username) between 1 and 255),
  email text check (email = lower(email)),
  role text not null check (role in ('viewer', 'responder', 'admin')),
  password_hash text not null,
  disabled boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  last_login_at timestamptz
);
create unique index users_by_name on users (lower(username));
create unique index users_by_email on users (email) where email is not null;

create table sessions (
  id uuid primary key,
  token_hash bytea not null unique,
  user_id uuid not null references users on delete cascade,
  address text not null,
  user_agent text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  -- An ended session is kept for a while, so that its token is answered "your session has ended" instead of "unknown key".
  ended_at timestamptz
);
create index sessions_by_user on sessions (user_id, created_at);
create index sessions_by_end on sessions (expires_at);

create table api_keys (
  id uuid primary key,
  key_hash bytea not null unique,
  name text not null,
  role text not null check (role in ('viewer', 'responder', 'admin')),
  prefix text not null,
  created_by text not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz
);
-- Events and timelines show the name of a key, so two active keys never share one.
create unique index api_keys_by_name on api_keys (lower(name)) where revoked_at is null;

-- The one-time link that creates the first administrator.
create table setup_tokens (
  token_hash bytea primary key,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

-- Counts of recent requests by key or address, for the limits. They may be lost in a crash, so the table is unlogged.
create unlogged table hits (
  key text primary key,
  bucket bigint not null,
  hits integer not null,
  before integer not null,
  -- From then on the counts are outside every window.
  stale_at timestamptz not null
) with (fillfactor = 50);

create function fill_updated_at() returns trigger language plpgsql as $$
begin
  if new.updated_at is not distinct from old.updated_at then
    new.updated_at := clock_timestamp();
  end if;
  return new;
end
$$;
create trigger users_updated_at before update on users for each row execute function fill_updated_at();
