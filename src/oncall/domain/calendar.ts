import { nextTurnAt, type Person, type Rotation, slotAt } from './rotation';

/** Who is on call is a pure function of the version in force, the overrides in force and the instant. */

export type Role = 'primary' | 'secondary';

export interface Layer {
  name: string;
  role: Role;
  level: number;
  rotation: Rotation;
}

/** What a schedule said from an instant on. Versions are only added, so the past stays as it was. */
export interface Version {
  effective_from: Date;
  time_zone: string;
  layers: Layer[];
}

/** A takeover replaces everybody in both roles; it is in force from `starts_at` until just before `ends_at`. */
export interface Override {
  id: string;
  in: Person;
  reason: string | null;
  starts_at: Date;
  ends_at: Date;
}

export interface OnCall {
  /** The first of `primaries`. */
  primary: Person | null;
  primaries: Person[];
  secondary: Person | null;
  secondaries: Person[];
  /** The override that decided, if one did. */
  override: Override | null;
  /** The first instant when somebody else may be on call; null where nothing is ahead. */
  until: Date | null;
}

const NOBODY: OnCall = {
  primary: null,
  primaries: [],
  secondary: null,
  secondaries: [],
  override: null,
  until: null,
};

export const inForce = ({ starts_at, ends_at }: Pick<Override, 'starts_at' | 'ends_at'>, at: Date): boolean =>
  starts_at <= at && at < ends_at;

export function onCallAt(version: Version | null, overrides: readonly Override[], at: Date): OnCall {
  const layers = version?.layers ?? [];
  const override = overrides.findLast((each) => inForce(each, at)) ?? null;
  if (override !== null) {
    return { ...NOBODY, primary: override.in, primaries: [override.in], override, until: override.ends_at };
  }
  const primaries = inRole(layers, 'primary', at);
  const secondaries = inRole(layers, 'secondary', at);
  const [primary = null] = primaries;
  const [secondary = null] = secondaries;
  return { primary, primaries, secondary, secondaries, override, until: nextHandoff(layers, at) };
}

const inRole = (layers: readonly Layer[], role: Role, at: Date): Person[] =>
  layers.filter((layer) => layer.role === role).flatMap(({ rotation }) => slotAt(rotation, at));

/** The first instant after `at` when a layer hands over; null where no layer ever does. */
export function nextHandoff(layers: readonly Layer[], at: Date): Date | null {
  const ahead = layers.flatMap(({ rotation }) => nextTurnAt(rotation, at)?.getTime() ?? []);
  return ahead.length === 0 ? null : new Date(Math.min(...ahead));
}

/** Everybody in any layer, whether on call or not, and whoever took over. */
export const everybody = (version: Version | null, override: Override | null): Person[] => [
  ...(override === null ? [] : [override.in]),
  ...(version?.layers ?? []).flatMap(({ rotation }) => rotation.slots.flat()),
];
