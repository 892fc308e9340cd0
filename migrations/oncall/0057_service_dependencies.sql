-- Services that a service needs to work. A service is a name, so neither side needs an owner.
create table service_dependencies (
  service text not null,
  upstream text not null,
  -- How long an alert of the service waits for an incident of the upstream.
  grace_seconds integer not null check (grace_seconds between 0 and 900),
  primary key (service, upstream),
  check (service <> upstream)
);
create index service_dependencies_of_upstream on service_dependencies (upstream);
