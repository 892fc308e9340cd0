import { randomUUID } from 'node:crypto';
import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import type { Caller, Service } from '../../kernel/ports/contract';
import { invalid, Problem } from '../../kernel/ports/problem';
import type { AlertsContract, Silence } from '../contract';
import { instantOf } from '../domain';
import type { RuleDeps } from './deps';
import { type Matcher, matcherText } from './matcher';
import { addMute, changeMute, getMute, listMutes, type MuteNow } from './mutes';
import { readMatchers, requireNarrow } from './readMatchers';

/** A silence as a caller wants it, with its matchers read. */
export interface SilenceDraft {
  matchers: Matcher[];
  starts_at: Date;
  ends_at: Date;
  comment: string;
}

/** Silences for other parts of this module, such as Alertmanager's API. */
export interface Silences {
  /**
   * Adds a silence.
   * @param createdBy the name of the person, if another one than the caller
   * @throws Problem `invalid`, `conflict`
   */
  create(draft: SilenceDraft, caller: Caller, createdBy?: string): Promise<MuteNow>;
  /** @throws Problem `invalid`, `not-found`, `conflict` if it has ended */
  update(id: string, draft: SilenceDraft, caller: Caller): Promise<MuteNow>;
  /** Ends a silence now; one that has ended stays as it is. @throws Problem `not-found` */
  end(id: string, caller: Caller): Promise<MuteNow>;
  /** @throws Problem `not-found` */
  get(id: string): Promise<MuteNow>;
  list(filter: Parameters<typeof listMutes>[2]): ReturnType<typeof listMutes>;
}

export const silences = (deps: RuleDeps): Silences => ({
  async create(draft, caller, createdBy = caller.actor) {
    const now = deps.clock.now();
    requireSound(draft, now);
    const given = { ...fieldsOf(draft), id: randomUUID(), cause: 'silence' as const, created_by: createdBy };
    return addMute(deps, given, 'silence_created', caller);
  },
  update(id, draft, caller) {
    requireSound(draft, deps.clock.now());
    return changeMute(deps, { cause: 'silence', text: id, kind: 'silence_updated' }, caller, (row, now) => {
      if (row.ended_at !== null || (row.ends_at ?? now) <= now) {
        throw new Problem('conflict', 'This silence has ended. Create another one.');
      }
      return fieldsOf(draft);
    });
  },
  end: (id, caller) =>
    changeMute(deps, { cause: 'silence', text: id, kind: 'silence_ended' }, caller, (row, now) => {
      if (row.ended_at !== null || (row.ends_at ?? now) <= now) return null;
      return { ended_at: now, ends_at: now, ...(row.starts_at > now && { starts_at: now }) };
    }),
  get: (id) => getMute(deps, 'silence', id),
  list: (filter) => listMutes(deps, 'silence', filter),
});

const fieldsOf = ({ matchers, starts_at, ends_at, comment }: SilenceDraft) => ({
  ...{ matchers, starts_at, ends_at },
  name: comment,
  services: [],
  recurrence: null,
});

function requireSound({ matchers, starts_at, ends_at }: SilenceDraft, now: Date): void {
  if (ends_at <= starts_at) throw invalid([{ path: 'ends_at', message: 'Must be later than starts_at' }]);
  if (ends_at <= now) throw invalid([{ path: 'ends_at', message: 'Must be in the future' }]);
  requireNarrow(matchers, 'matchers');
}

type SilenceOperations = Pick<
  Service<AlertsContract>,
  'listSilences' | 'getSilence' | 'createSilence' | 'updateSilence' | 'endSilence'
>;

/** Operations of the API. */
export function silenceOperations(deps: RuleDeps, operations: Silences): SilenceOperations {
  type Input = Parameters<SilenceOperations['createSilence']>[0];
  const draftOf = ({ matchers, starts_at, ends_at, comment }: Input): SilenceDraft => ({
    matchers: readMatchers(matchers, 'matchers'),
    starts_at: starts_at === undefined ? deps.clock.now() : instantOf(starts_at),
    ends_at: instantOf(ends_at),
    comment,
  });
  return {
    async listSilences({ page, per_page, state }) {
      const { total, mutes } = await operations.list({ page, per_page, state });
      return { total, page, per_page, silences: await inSlices(mapSteps(mutes, presentSilence)) };
    },
    getSilence: async ({ id }) => presentSilence(await operations.get(id)),
    createSilence: async (input, caller) => presentSilence(await operations.create(draftOf(input), caller)),
    async updateSilence({ id, ...input }, caller) {
      const { row } = await operations.get(id);
      const starts_at = input.starts_at ?? row.starts_at.toISOString();
      return presentSilence(await operations.update(id, draftOf({ ...input, starts_at }), caller));
    },
    endSilence: async ({ id }, caller) => presentSilence(await operations.end(id, caller)),
  };
}

const presentSilence = ({ row, state, muted }: MuteNow): Silence => ({
  id: row.id,
  state,
  matchers: row.matchers.map(matcherText),
  starts_at: row.starts_at.toISOString(),
  ends_at: (row.ends_at as Date).toISOString(),
  comment: row.name,
  created_at: row.created_at.toISOString(),
  created_by: row.created_by,
  updated_at: row.updated_at.toISOString(),
  updated_by: row.updated_by,
  muted_alerts: muted,
});
