import * as z from 'zod';
import { Id, Instant, InstantIn, idInPath, paged, pageOf, word } from '../../kernel/ports/values';
import { MatcherList } from './matchers';

export const MUTE_STATES = ['active', 'pending', 'expired'] as const;

/** A silence mutes the alerts that match, from one instant to another. */
export const Silence = z
  .object({
    id: Id,
    state: z.enum(MUTE_STATES),
    matchers: MatcherList,
    starts_at: Instant,
    ends_at: Instant,
    comment: z.string(),
    created_at: Instant,
    created_by: z.string(),
    updated_at: Instant,
    updated_by: z.string(),
    /** Firing alerts that it mutes now; counted to 1,000. */
    muted_alerts: z.int(),
  })
  .meta({ id: 'Silence' });
export type Silence = z.infer<typeof Silence>;

const id = idInPath('Invalid silence ID format');

const SilenceIn = {
  matchers: MatcherList.min(1),
  /** Now if absent. */
  starts_at: InstantIn.optional(),
  ends_at: InstantIn,
  comment: z.string().max(2_000).default(''),
};

/** Silences: mute alerts for a while. */
export const silenceOperations = {
  listSilences: {
    summary: 'Silences: active ones first, then pending, then expired ones of the last 30 days',
    method: 'GET',
    path: '/api/v1/silences',
    access: 'viewer',
    input: paged({ state: word('state', MUTE_STATES).optional() }),
    output: pageOf('silences', Silence),
  },
  getSilence: {
    summary: 'One silence',
    method: 'GET',
    path: '/api/v1/silences/:id',
    access: 'viewer',
    input: z.object({ id }),
    output: Silence,
  },
  createSilence: {
    summary: 'Silence the alerts that match; alerts that fire already keep their incidents',
    method: 'POST',
    path: '/api/v1/silences',
    access: 'responder',
    input: z.object(SilenceIn),
    output: Silence,
    status: 201,
  },
  updateSilence: {
    summary: 'Change a silence; alerts that it no longer matches are released and page',
    method: 'PUT',
    path: '/api/v1/silences/:id',
    access: 'responder',
    input: z.object({ id, ...SilenceIn }),
    output: Silence,
  },
  endSilence: {
    summary: 'End a silence now; alerts that still fire are released and page',
    method: 'POST',
    path: '/api/v1/silences/:id/end',
    access: 'responder',
    input: z.object({ id }),
    output: Silence,
  },
} as const;
