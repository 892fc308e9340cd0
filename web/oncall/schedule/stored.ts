import type { Ports } from '../../ports';
import type { StoredDraft } from '../useDraft';
import type { Draft, DraftLayer } from './draft';

/** Converts between the server's schedule and the editor's draft. */

type Stored = Awaited<ReturnType<Ports['oncall']['getSchedule']>>;
type Question = Parameters<Ports['oncall']['putSchedule']>[0];
export type SeenSchedule = StoredDraft<Draft>;

export const seenOf = ({ time_zone, layers, version }: Stored): SeenSchedule => ({
  draft: { time_zone, layers: layers.map(draftLayer) },
  version,
});

function draftLayer({ rotation, ...layer }: Stored['layers'][number]): DraftLayer {
  const { unit, length, handoff, slots, turns } = rotation;
  return {
    ...layer,
    rotation: { unit, length, handoff, slots, turns },
    starts_at: layer.starts_at ?? null,
    ends_at: layer.ends_at ?? null,
  };
}

/**
 * Without a version, no schedule exists yet. The server has no check for that case, but keeps every version in its
 * history.
 */
export const questionOf = (team: string, draft: Draft, version: string | null, since: string | null): Question => ({
  team,
  ...draft,
  ...(version !== null && { if_match: `"${version}"` }),
  ...(since !== null && { effective_from: since }),
});
