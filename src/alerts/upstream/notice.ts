import type { IncidentsContract } from '../../incidents/contract';
import type { Clock } from '../../kernel/clock';
import { type Port, systemCaller } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { OncallContract } from '../../oncall/contract';
import { retryLater, retryWhileAway } from '../retry';
import type { AlertJobs } from '../store/jobKinds';

interface NoticeDeps {
  clock: Clock;
  incidents: Port<IncidentsContract>;
  oncall: Port<OncallContract>;
}

type Notice = AlertJobs['notice-affected'];

/**
 * Handler of `notice-affected`: has oncall notify the team of the route or the owner of the service. If no team is
 * responsible, a note on the incident says so.
 * @throws RetryIn while oncall, notify or incidents is unavailable
 */
export const noticeOwner =
  (deps: NoticeDeps) =>
  async (notice: Notice): Promise<void> => {
    if ((await notified(deps, notice)) !== null) return;
    const { incident_id: id, service, since } = notice;
    const content = `${service} is affected, and no team owns it. The notice went to the default room.`;
    await retryWhileAway(deps.clock, since, async () => {
      try {
        await deps.incidents.addNote({ id, author: 'tocsin', content }, systemCaller(`affected-${id}`));
      } catch (error) {
        if (!(error instanceof Problem) || error.kind !== 'not-found') throw error;
      }
    });
  };

/** @returns the team that got the notice; null if no team is responsible */
async function notified(
  { clock, oncall }: NoticeDeps,
  { incident_id, service, title, since, team }: Notice,
): Promise<string | null> {
  try {
    const command = { incident_id, service, title, ...(team !== undefined && { team }) };
    return (await oncall.tellAffected(command, systemCaller(`affected-${incident_id}`))).team;
  } catch (error) {
    if (!(error instanceof Problem) || error.kind !== 'unavailable') throw error;
    throw retryLater(clock, since, error.detail, 'oncall');
  }
}
