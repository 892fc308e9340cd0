import { type Ports, ports } from '../ports';
import { allOverrides } from './allOverrides';

/** Who is on call now in every team, until when, and who is next: three requests for any number of teams. */

type OncallPort = Ports['oncall'];
type TeamDuty = Awaited<ReturnType<OncallPort['onCallNow']>>['teams'][number];
export type Override = Awaited<ReturnType<OncallPort['overrides']>>['overrides'][number];
export type Handoff = Awaited<ReturnType<OncallPort['nextHandoffs']>>['handoffs'][number];
export type Role = Handoff['role'];

export interface PersonOnCall {
  name: string;
  email: string;
  role: Role;
  /** The override by which they are on call, or null for the rotation. */
  override: Override | null;
  /** The end of the shift; null if no end is planned. */
  until: string | null;
}

export interface TeamOnCall {
  team: string;
  people: PersonOnCall[];
}

export interface AllTeamsOnCall {
  teams: TeamOnCall[];
  handoffs: Handoff[];
}

const MOST = 10_000;

export async function allTeamsOnCall(): Promise<AllTeamsOnCall> {
  const [{ teams }, overrides, { handoffs }] = await Promise.all([
    ports.oncall.onCallNow({}),
    allOverrides({}),
    ports.oncall.nextHandoffs({ limit: MOST }),
  ]);
  return { teams: teams.map((team) => onCallOf(team, overrides)), handoffs };
}

export function onCallOf({ team, primaries, secondaries }: TeamDuty, overrides: readonly Override[]): TeamOnCall {
  const as =
    (role: Role) =>
    ({ name, email, source, relieved_at }: TeamDuty['primaries'][number]): PersonOnCall => {
      const override = source.kind === 'override' ? (overrides.find(({ id }) => id === source.id) ?? null) : null;
      return { name, email, role, override, until: relieved_at };
    };
  return { team, people: [...primaries.map(as('primary')), ...secondaries.map(as('secondary'))] };
}
