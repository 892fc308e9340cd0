import type { Caller, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { GatewayContract } from '../contract';
import type { Neighbours } from '../deps';
import { causeLinks, type Incident, type OnCall, type Person, peopleNamed, personLinks } from './chain';

const MOST_PEOPLE = 50;

/** Explains pages. A module that does not answer fails the request, so that no chain is shown with a part missing. */
export const whyAnswers = ({
  alerts,
  incidents,
  oncall,
  notify,
}: Neighbours): Pick<Service<GatewayContract>, 'why'> => ({
  async why({ id, person }, caller) {
    const incident = await incidents.get({ id }, caller);
    // The newest alert is first, and the oldest opened the incident.
    const first = incident.alerts.at(-1);
    const [alert, { notifications: deliveries }, { fuses }, onCall] = await Promise.all([
      first === undefined ? null : alerts.get({ alert_id: first.id }, caller).catch(nullIfGone),
      notify.ofIncident({ incident_id: id }, caller),
      incidents.fuses({ incidents: id }, caller),
      onCallAt({ oncall }, incident, caller),
    ]);
    const known = { incident, deliveries, onCall, next: fuses[0]?.next ?? null };
    const people =
      person === undefined ? peopleNamed(incident).slice(0, MOST_PEOPLE) : [await personOf({ oncall }, person, caller)];
    return {
      incident_id: incident.id,
      links: causeLinks(incident, alert),
      people: people.map((one) => ({ ...one, ...personLinks(one, known) })),
    };
  },
});

/** The person of an address, with the name that on-call has. */
async function personOf({ oncall }: Pick<Neighbours, 'oncall'>, email: string, caller: Caller): Promise<Person> {
  const { name } = await oncall.findPerson({ text: email }, caller);
  return { name, email };
}

/** The people on call when the incident opened; null without a team, or if its role is empty. */
async function onCallAt(
  { oncall }: Pick<Neighbours, 'oncall'>,
  { team, created_at }: Incident,
  caller: Caller,
): Promise<OnCall | null> {
  if (team === null) return null;
  return oncall.current({ team, at: created_at }, caller).catch(nullIfGone);
}

/** An alert can be deleted before its incident, and a team can be deleted or have no one on call. */
function nullIfGone(error: unknown): null {
  if (error instanceof Problem && error.kind === 'not-found') return null;
  throw error;
}
