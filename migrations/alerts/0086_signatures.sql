alter table integrations
  -- The secret that the tool signs its requests with, encrypted; null: requests are not signed.
  add column signature_secret text,
  -- The header with the time that the signature covers; null: it covers the body alone.
  add column signature_timestamp_header varchar(64);
