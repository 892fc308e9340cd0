import { ACCEPTED } from './endings';
import { byId, groups, type LedgerInput, type Line, line, type Tables } from './input';

/** Also after the name of a provider, as `sms.example.com: timeout`. */
const UNKNOWABLE = /(^|: )(timeout|connection_lost)/;

/** By these channels only a page names its notification, in the token of its answer. */
const NAMELESS: readonly string[] = ['ntfy', 'webpush'];

/** An attempt with an unknown result: its process died during it, or the answer was lost. */
const isUnknowable = ({ outcome, reason }: Tables['attempts'][number]): boolean =>
  outcome === null || outcome === 'unknown' || (outcome === 'failed' && UNKNOWABLE.test(reason ?? ''));

export function linesOfPages(facts: LedgerInput): Line[] {
  const { arrived, tables } = facts;
  const { notifications, attempts } = tables;
  const known = byId(notifications);
  const real = notifications.filter(({ channel }) => channel !== 'mock');
  const lastOf = new Map(attempts.map(({ notification_id, attempt }) => [notification_id, attempt]));
  for (const { notification_id: id, attempt } of attempts) lastOf.set(id, Math.max(attempt, lastOf.get(id) ?? 0));
  const overtaken = attempts.filter(
    (each) => each.outcome === 'sent' && each.attempt < (lastOf.get(each.notification_id) ?? 0),
  );
  const unknowable = groups([...attempts.filter(isUnknowable), ...overtaken], ({ notification_id }) => notification_id);
  const timesOf = (id: string): number => arrived.get(id)?.length ?? 0;
  const allowedOf = (id: string): number => unknowable.get(id)?.length ?? 0;
  const called = real.filter(
    ({ status, channel, page_id }) => ACCEPTED.includes(status) && (page_id !== null || !NAMELESS.includes(channel)),
  );
  const twice = real.filter(({ id }) => timesOf(id) > 1);
  return [
    ...linesOfFirstPages(facts),
    line(
      'pages, each on its way to its end',
      real.length,
      real.flatMap(({ id, status }) => (status === 'queued' ? [`notification ${id} is still queued`] : [])),
    ),
    line(
      'pages called sent, each arrived',
      called.length,
      called.flatMap(({ id, channel }) => (timesOf(id) === 0 ? [`${id} never arrived by ${channel}`] : [])),
    ),
    line(
      'arrivals, each of a page there is, at its address',
      [...arrived.values()].reduce((sum, to) => sum + to.length, 0),
      [...arrived].flatMap(([id, to]) => {
        const page = known.get(id);
        const right = page !== undefined && to.every((address) => address === `${page.channel}:${page.recipient}`);
        return right ? [] : [`${id} arrived at ${to.join(', ')} and is no such page`];
      }),
    ),
    line(
      'attempts whose process died in them (unknown)',
      attempts.filter(({ outcome }) => outcome === 'unknown').length,
    ),
    line(
      'attempts nobody answered in time (timeout, connection lost)',
      attempts.filter((each) => each.outcome === 'failed' && isUnknowable(each)).length,
    ),
    line(
      'pages that arrived twice after such an attempt',
      twice.filter(({ id }) => timesOf(id) <= 1 + allowedOf(id)).length,
    ),
    line(
      'pages that arrived twice without one',
      twice.filter(({ id }) => timesOf(id) > 1 + allowedOf(id)).length,
      twice.flatMap(({ id }) =>
        timesOf(id) > 1 + allowedOf(id) ? [`${id} arrived ${timesOf(id)} times, ${allowedOf(id)} unknown`] : [],
      ),
    ),
    line('steps told, no address of theirs twice', new Set(real.map(({ told_key }) => told_key)).size, toldTwice(real)),
  ];
}

/** A step notifies an address at most once, even if its command was repeated. */
function toldTwice(real: Tables['notifications']): string[] {
  return [
    ...groups(real, ({ told_key, channel, recipient, id }) => `${told_key ?? id} ${channel}:${recipient}`),
  ].flatMap(([key, same]) => (same.length > 1 ? [`${key} was told ${same.length} times`] : []));
}

/** Every incident pages a person, unless it was resolved or acknowledged before. */
function linesOfFirstPages({ arrived, tables: { incidents, notifications, timeline } }: LedgerInput): Line[] {
  const pagesOf = groups(
    notifications.filter(({ audience, is_notice }) => audience === 'person' && !is_notice),
    ({ incident_id }) => incident_id,
  );
  const entriesOf = groups(timeline, ({ incident_id }) => incident_id);
  const reached = incidents.filter(({ id }) => (pagesOf.get(id) ?? []).some((page) => arrived.has(page.id)));
  const others = incidents.filter((incident) => !reached.includes(incident));
  const overBefore = others.filter(({ id, status }) => {
    const kinds = (entriesOf.get(id) ?? []).map(({ event_type }) => event_type);
    const unsent = (pagesOf.get(id) ?? []).every((page) => page.status === 'cancelled' || page.status === 'failed');
    return status === 'resolved' && unsent && kinds.includes('alert_resolved');
  });
  const lost = others.filter((incident) => !overBefore.includes(incident));
  return [
    line('incidents that paged a person', reached.length),
    line('incidents whose source resolved them before the page', overBefore.length),
    line(
      'incidents that paged no person',
      lost.length,
      lost.map(({ id, status }) => `incident ${id} (${status}) paged nobody`),
    ),
  ];
}
