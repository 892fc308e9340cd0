import { type Ports, ports, problemOf } from '../ports';

/** Who is on call for each team at this moment. */
export type Current = Awaited<ReturnType<Ports['oncall']['current']>>;

export interface TeamNow {
  team: string;
  /** Null where nobody is primary. */
  current: Current | null;
}

/** So many questions at a time; a house with more teams takes a little longer. */
const AT_ONCE = 6;

export async function everybodyNow(): Promise<TeamNow[]> {
  const teams = await ports.oncall.teams({});
  const answers: TeamNow[] = teams.map(({ team }) => ({ team, current: null }));
  const waiting = [...answers];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) next.current = await currentOf(next.team);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return answers.sort((a, b) => a.team.localeCompare(b.team));
}

/** A team whose primary nobody is answers as one that is not there: both mean that nobody answers. */
async function currentOf(team: string): Promise<Current | null> {
  try {
    return await ports.oncall.current({ team });
  } catch (error) {
    if (problemOf(error).kind === 'not-found') return null;
    throw error;
  }
}
