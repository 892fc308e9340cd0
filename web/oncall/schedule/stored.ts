import type { Ports } from '../../ports';
import type { Seen } from '../editing';
import type { Draft, DraftLayer } from './draft';

/** Between what the server keeps and what the editor holds. */

type Stored = Awaited<ReturnType<Ports['oncall']['getSchedule']>>;
type Question = Parameters<Ports['oncall']['putSchedule']>[0];
export type SeenSchedule = Seen<Draft>;

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

/** Without a version, nothing may be there yet; the server cannot be told so, and keeps what it has in its history. */
export const questionOf = (team: string, draft: Draft, version: string | null, since: string | null): Question => ({
  team,
  ...draft,
  ...(version !== null && { if_match: `"${version}"` }),
  ...(since !== null && { effective_from: since }),
});
