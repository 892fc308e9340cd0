import type * as z from 'zod';
import { mapSteps } from '../../kernel/async/steps';
import type { Handoff, Layer as LayerOut, Shift as ShiftOut, Source as SourceOut } from '../contract';
import type { Layer } from '../domain/layers';
import type { LevelGap } from '../domain/levelGaps';
import { type Version, versionAt } from '../domain/onCall';
import type { Handoff as DomainHandoff, Gap, LayerShifts, Shift } from '../domain/shifts';
import type { OnDuty, Role, Source } from '../domain/types';
import type { Range } from '../store/calendars';

/** The calendar in the shapes of the contract. */

/** The reason why a person is on call. */
export function sourceOf(source: Source): z.input<typeof SourceOut> {
  if (source.kind === 'layer') return source;
  const { id, kind, layer, reason } = source.override;
  return { kind: 'override', id, override: kind, layer, reason };
}

/** A person on call. */
export const dutyOf = ({ name, email, source }: OnDuty) => ({ name, email, source: sourceOf(source) });

/** A shift. */
export const shiftOf = ({ role, person, starts_at, ends_at, source }: Shift): z.input<typeof ShiftOut> => ({
  role,
  person,
  starts_at: starts_at.toISOString(),
  ends_at: ends_at.toISOString(),
  source: sourceOf(source),
});

/** A gap. A takeover without a person is a planned gap. */
export const gapOf = ({ role, starts_at, ends_at, override }: Gap) => ({
  role,
  starts_at: starts_at.toISOString(),
  ends_at: ends_at.toISOString(),
  override_id: override?.id ?? null,
  planned: override?.kind === 'takeover',
});

/** A gap of one level. */
export const levelGapOf = ({ starts_at, ends_at, ...rest }: LevelGap) => ({
  ...rest,
  starts_at: starts_at.toISOString(),
  ends_at: ends_at.toISOString(),
});

/** A hand-off. */
export const handoffOf = ({ at, ...rest }: DomainHandoff): z.input<typeof Handoff> => ({
  ...rest,
  at: at.toISOString(),
});

/** A layer; days that are not given are null. */
export const layerOf = (layer: Layer): z.input<typeof LayerOut> => ({
  ...layer,
  restrictions: (layer.restrictions ?? []).map(({ days, from, to }) => ({ days: days ? [...days] : null, from, to })),
});

const turnOf = ({ starts_at, ends_at, people }: LayerShifts['shifts'][number]) => ({
  starts_at: starts_at.toISOString(),
  ends_at: ends_at.toISOString(),
  people,
});

/** The shifts of each layer, interruptible. */
export function* rowsIn(rows: readonly LayerShifts[]) {
  const all: { layer: string; role: Role; level: number; shifts: ReturnType<typeof turnOf>[] }[] = [];
  for (const { layer, shifts } of rows) {
    const { name, role, level } = layer;
    all.push({ layer: name, role, level, shifts: yield* mapSteps(shifts, turnOf) });
  }
  return all;
}

/** A range. */
export const rangeOf = ({ from, to }: Range) => ({ from: from.toISOString(), to: to.toISOString() });

/** The zone of a calendar at an instant. */
export const zoneOfCalendar = (versions: readonly Version[], at: Date): string =>
  (versionAt(versions, at) ?? versions[0])?.time_zone ?? 'UTC';
