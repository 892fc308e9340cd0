import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { IfMatch, ServiceName } from '../../kernel/ports/values';

/** Which services a service needs to work. */

const MOST_UPSTREAMS = 50;
const LONGEST_GRACE_SECONDS = 900;
const DEFAULT_GRACE_SECONDS = 60;

const Dependency = z.object({ service: z.string(), grace_seconds: z.int() });

const Dependencies = z
  .object({
    service: z.string(),
    version: z.string(),
    depends_on: z.array(Dependency).describe('Services that this one needs, by name'),
    needed_by: z.array(Dependency).describe('Services that need this one, by name'),
  })
  .meta({ id: 'ServiceDependencies' });

export const dependencyOperations = defineContract({
  dependencies: {
    summary: 'All dependencies between services',
    method: 'GET',
    path: '/api/v1/service-dependencies',
    access: 'viewer',
    input: z.object({}),
    output: z.object({
      dependencies: z.array(z.object({ service: z.string(), depends_on: z.string(), grace_seconds: z.int() })),
    }),
  },
  dependenciesOf: {
    summary: 'The services that a service depends on, and those that need it',
    method: 'GET',
    path: '/api/v1/services/:service/dependencies',
    access: 'viewer',
    input: z.object({ service: ServiceName }),
    output: Dependencies,
    etag: 'version',
  },
  setDependencies: {
    summary:
      'Set the services that a service depends on; with If-Match only if the list still is the version that was read. A cycle is refused',
    method: 'PUT',
    path: '/api/v1/services/:service/dependencies',
    access: 'admin',
    input: z.object({
      service: ServiceName,
      if_match: IfMatch,
      depends_on: z
        .array(
          z.object({
            service: ServiceName,
            grace_seconds: z
              .int()
              .min(0)
              .max(LONGEST_GRACE_SECONDS)
              .default(DEFAULT_GRACE_SECONDS)
              .describe('How long an alert of the service waits for an incident of this upstream before it pages'),
          }),
        )
        .max(MOST_UPSTREAMS),
    }),
    output: Dependencies,
    etag: 'version',
  },
  tellAffected: {
    summary:
      'Notify the team of a route, or the owner of a service, that an incident of another service affects it; once for a team and incident',
    method: 'POST',
    path: '/internal/oncall/tell-affected',
    access: 'internal',
    input: z.object({
      incident_id: z.uuid(),
      service: ServiceName,
      /** Of the incident. */
      title: z.string().max(2_000),
      team: z
        .string()
        .max(255)
        .optional()
        .describe('The team to which a rule routes the alert; absent or unknown: the owner of the service'),
    }),
    output: z.object({
      team: z.string().nullable().describe('Null if no team owns the service; the default room then gets the notice'),
    }),
  },
});
