-- Walks of the self-watch that came to this module; each is deleted after an hour. Unlogged, so that no archive holds them.
create unlogged table walks (
  id uuid primary key,
  -- When the gateway began it.
  started_at timestamptz not null,
  taken_at timestamptz not null,
  -- When it was passed on to the next module; in notify, when the loop-back sink received it.
  passed_at timestamptz
);
