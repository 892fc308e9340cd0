import type { Caller, Service } from '../../kernel/ports/contract';
import type { Target } from '../../notify/contract';
import type { OncallContract } from '../contract';
import type { TeamAt } from '../store/teams';
import { type ServiceDeps, withDeps } from './deps';
import { noticeKey } from './handoffNotices';
import { targetOf } from './notifyTarget';
import { resolveRoute } from './routes';

/** The notice to a team whose service is affected by an incident of another one. */

type Answers = Pick<Service<OncallContract>, 'tellAffected'>;
type Deps = Pick<ServiceDeps, 'db' | 'clock' | 'notify' | 'defaultTeam' | 'publicUrl'>;

/** Notices about affected services. */
export const affectedNoticeAnswers = (deps: Deps): Answers => withDeps(deps, { tellAffected });

/**
 * One notice of low urgency for a team and an incident, whichever of its services is affected first. Without a team the
 * default room gets it, for each service. It is no message of the incident: it must not be cancelled with the pages of the
 * incident, and has no link to acknowledge it.
 */
async function tellAffected(
  { db, clock, notify, defaultTeam, publicUrl }: Deps,
  { incident_id, service, title, team: routed }: Parameters<Answers['tellAffected']>[0],
  caller: Caller,
): Promise<{ team: string | null }> {
  const route = { team: routed ?? null, policy: null };
  const { team: responsible } = await resolveRoute({ db, defaultTeam }, service, route, clock.now());
  const team = responsible?.team ?? null;
  await notify.tell(
    {
      key: noticeKey(`affected:${incident_id}:${team ?? `service ${service}`}`),
      incident_id: `on-call:${team ?? service}`.slice(0, 255),
      message: `${service} is affected by ${title}. Its alerts page no one meanwhile.${team === null ? ' No team owns it.' : ''} ${publicUrl}/incidents/${incident_id}`,
      severity: 'low',
      notice: true,
      links: [],
      to: responsible === null ? [{ kind: 'room', address: null }] : recipientsOf(responsible),
    },
    caller,
  );
  return { team };
}

/** The room of the team, else the people on call as primary, else the default room. */
function recipientsOf({ room, onCall }: TeamAt): Target[] {
  const people = onCall.primaries.map(({ name, email }) => targetOf({ kind: 'person', role: 'person', name, email }));
  return room === null && people.length > 0 ? people : [{ kind: 'room', address: room }];
}
