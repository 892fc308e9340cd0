import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Email, ServiceName, ServicesInput, TimeZone, text } from '../../kernel/ports/values';
import { AnyTeam, ROTATION_TYPES, RoomAddress } from './shared';

/** Teams, the services they own, and people. */

const LONGEST_NOTICE_MINUTES = 10_080;

export const registryOperations = defineContract({
  teams: {
    summary: 'Teams with a schedule',
    method: 'GET',
    path: '/api/v1/teams',
    access: 'viewer',
    input: z.object({}),
    output: z.array(
      z.object({
        team: z.string(),
        members_count: z.int(),
        rotation_type: z.enum(ROTATION_TYPES),
        has_override: z.boolean(),
        room: z.string().nullable(),
        /** How long before a hand-off its people are notified; null for HANDOFF_NOTICE_MINUTES. */
        handoff_notice_minutes: z.int().nullable(),
      }),
    ),
  },
  setTeamRoom: {
    summary: 'Set the room (`channel:address`) that is notified of the incidents of a team; null for the default room',
    method: 'PUT',
    path: '/api/v1/teams/:team/room',
    access: 'admin',
    input: z.object({
      team: AnyTeam,
      room: RoomAddress.nullable(),
    }),
    output: z.object({ team: z.string(), room: z.string().nullable() }),
  },
  setHandoffNotice: {
    summary:
      'Set how many minutes before a hand-off the people of a team are notified; null for HANDOFF_NOTICE_MINUTES, 0 for no notice',
    method: 'PUT',
    path: '/api/v1/teams/:team/handoff-notice',
    access: 'admin',
    input: z.object({ team: AnyTeam, minutes: z.int().min(0).max(LONGEST_NOTICE_MINUTES).nullable() }),
    output: z.object({ team: z.string(), minutes: z.int().nullable() }),
  },
  services: {
    summary: 'Services and the teams that own them',
    method: 'GET',
    path: '/api/v1/services',
    access: 'viewer',
    input: z.object({}),
    output: z.array(z.object({ service: z.string(), team: z.string() })),
  },
  owners: {
    summary: 'The team that each service pages, and the reason; without a schedule no one is paged',
    method: 'POST',
    path: '/internal/oncall/owners',
    access: 'internal',
    quiet: true,
    input: ServicesInput,
    output: z.object({
      owners: z.array(
        z.object({
          service: z.string(),
          team: z.string().nullable(),
          /** `name`: a team has the name of the service. `default`: DEFAULT_TEAM. */
          owned_by: z.enum(['registry', 'name', 'default']).nullable(),
          has_schedule: z.boolean(),
        }),
      ),
    }),
  },
  setService: {
    summary: 'Set the team that owns a service',
    method: 'PUT',
    path: '/api/v1/services/:service',
    access: 'admin',
    input: z.object({ service: ServiceName, team: AnyTeam }),
    output: z.object({ service: z.string(), team: z.string() }),
  },
  deleteService: {
    summary: 'Remove the owner of a service; then its name decides',
    method: 'DELETE',
    path: '/api/v1/services/:service',
    access: 'admin',
    input: z.object({ service: ServiceName }),
    output: z.void(),
    status: 204,
  },
  people: {
    summary: 'People who can be paged',
    method: 'GET',
    path: '/api/v1/people',
    access: 'viewer',
    input: z.object({}),
    output: z.array(z.object({ email: z.string(), name: z.string(), time_zone: z.string() })),
  },
  setPerson: {
    summary: 'Add or change a person',
    method: 'PUT',
    path: '/api/v1/people/:email',
    access: 'admin',
    input: z.object({
      email: Email,
      name: text(255),
      /** UTC by default; messages then use the zone of the schedule. */
      time_zone: TimeZone.optional(),
    }),
    output: z.object({ email: z.string(), name: z.string(), time_zone: z.string() }),
  },
  deletePerson: {
    summary: 'Delete a person that no policy, schedule or override refers to',
    method: 'DELETE',
    path: '/api/v1/people/:email',
    access: 'admin',
    input: z.object({ email: Email }),
    output: z.void(),
    status: 204,
  },
  deleteTeam: {
    summary: 'Delete a team without a schedule and services; its past can still be read',
    method: 'DELETE',
    path: '/api/v1/teams/:team',
    access: 'admin',
    input: z.object({ team: AnyTeam }),
    output: z.void(),
    status: 204,
  },
});
