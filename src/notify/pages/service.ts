import { randomUUID } from 'node:crypto';
import { minutes } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { Caller, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { Channels } from '../channels/open';
import type { NotifyContract } from '../contract';
import { isTestPage, TEST_PAGE } from '../domain';
import type { MethodDeps } from '../methods/deps';
import { type ContactMethod, shownState, unusableBecause } from '../methods/method';
import { ownPerson, personOf } from '../methods/owner';
import { bundleOf } from '../present';
import type { Notification } from '../store/notifications';
import { heldUntil, type Reachable, readPeople, rulesLeft, usableOf } from './plan';
import { newestPages, notificationsOfPages, type Page, pageById } from './store';

type Answers = Pick<Service<NotifyContract>, 'pageMe' | 'pages' | 'page' | 'reachability'>;
type PageDeps = Pick<MethodDeps, 'db' | 'clock' | 'channels'> & { tell: Service<NotifyContract>['tell'] };
type PageAnswer = Awaited<ReturnType<Answers['page']>>;

const SHOWN = 100;
/** Test pages of a person within ten minutes. */
const MOST_TESTS = 5;
const TEST_MESSAGE = 'This is a test page from Tocsin. No incident is behind it.';

/** Reading pages, and paging oneself. */
export const pageAnswers = (deps: PageDeps): Answers => ({
  async pages({ incident, person: given }, caller) {
    const person = given ?? (incident === undefined ? ownPerson(caller) : undefined);
    if (person === null) return { pages: [] };
    return { pages: await shown(deps, await newestPages(deps.db, { incident, person }, SHOWN)) };
  },
  async page({ id }) {
    const known = idOf(id);
    const found = known === null ? undefined : await pageById(deps.db, known);
    if (found === undefined) throw new Problem('not-found', 'Page not found');
    const [answer] = await shown(deps, [found]);
    return answer as PageAnswer;
  },
  pageMe: (_, caller) => pageMe(deps, caller),
  async reachability({ people }) {
    const read = await readPeople(deps.db, people);
    return { people: people.map((person) => reachabilityOf(person, read.methods.get(person) ?? [], deps.channels)) };
  },
});

/** @throws Problem `conflict` without a usable contact method, `too-many` */
async function pageMe(deps: PageDeps, caller: Caller): Promise<PageAnswer> {
  const person = personOf(undefined, caller);
  const now = deps.clock.now();
  const recent = (await newestPages(deps.db, { person }, SHOWN)).filter(
    ({ incident_id, created_at }) => isTestPage(incident_id) && created_at.getTime() > now.getTime() - minutes(10),
  );
  if (recent.length >= MOST_TESTS) {
    throw new Problem('too-many', 'You paged yourself several times. Wait a little.', { retry_after_seconds: 120 });
  }
  const { methods } = await readPeople(deps.db, [person]);
  if (usableOf(methods.get(person) ?? [], deps.channels).length === 0) throw noMethod();
  const key = `${TEST_PAGE}${randomUUID()}`;
  const to = [{ kind: 'person' as const, name: caller.actor, email: person }];
  const command = { key, incident_id: key, message: TEST_MESSAGE, severity: 'critical', links: [], to };
  const { told } = await deps.tell(command, caller);
  const id = told.find(({ page_id }) => page_id !== undefined)?.page_id;
  const page = id === undefined ? undefined : await pageById(deps.db, id);
  if (page === undefined) throw noMethod();
  const [answer] = await shown(deps, [page]);
  return answer as PageAnswer;
}

const noMethod = () => new Problem('conflict', 'You have no usable contact method. Add one and verify it.');

async function shown({ db, clock, channels }: PageDeps, pages: readonly Page[]): Promise<PageAnswer[]> {
  if (pages.length === 0) return [];
  const [people, sent] = await Promise.all([
    readPeople(
      db as Db,
      pages.map(({ person_email }) => person_email),
    ),
    notificationsOfPages(
      db,
      pages.map(({ id }) => id),
    ),
  ]);
  const now = clock.now();
  return pages.map((page) => {
    const own = sent.filter(({ page_id }) => page_id === page.id);
    return pageAnswer(page, own, plannedOf(page, own, people, { channels, now }));
  });
}

type MessageAnswer = PageAnswer['messages'][number];

/** The messages that follow, by the rules as they are now. */
function plannedOf(
  page: Page,
  sent: readonly Notification[],
  people: Reachable,
  { channels, now }: { channels: Channels; now: Date },
): MessageAnswer[] {
  if (page.state !== 'active' && page.state !== 'held') return [];
  const start = heldUntil(people, page.person_email, page.time_zone, page.urgency, now);
  const from = page.state === 'held' && start !== null ? start : page.started_at;
  return rulesLeft(people, page, sent, channels).flatMap(({ methods, afterMinutes }, n) =>
    methods.map(({ id, channel }) => ({
      ...{ rule: page.rule_no + 1 + n, channel, contact_method: id, notification_id: null },
      ...{ status: 'planned' as const, reason: null, bundle_id: null },
      at: new Date(from.getTime() + minutes(afterMinutes)).toISOString(),
    })),
  );
}

const pageAnswer = (page: Page, sent: readonly Notification[], planned: MessageAnswer[]): PageAnswer => ({
  ...{ id: page.id, incident_id: page.incident_id, urgency: page.urgency, severity: page.severity },
  person: { name: page.person_name, email: page.person_email },
  ...{ state: page.state, reason: page.reason, created_at: page.created_at.toISOString() },
  held_until: page.held_until?.toISOString() ?? null,
  messages: [
    ...sent.map(({ id, rule_no, channel, method_id, status, reason, bundle_id, created_at }) => ({
      ...{
        rule: rule_no ?? 0,
        channel,
        contact_method: method_id,
        notification_id: id,
        status,
        reason,
        bundle_id: bundleOf({ id, bundle_id }),
      },
      at: created_at.toISOString(),
    })),
    ...planned,
  ],
});

function reachabilityOf(person: string, methods: readonly ContactMethod[], channels: Channels) {
  const usable = usableOf(methods, channels);
  const bySchedule =
    usable.length === 0 &&
    channels.all.some(({ id, address }) => address.kind === 'email' && channels.of(id).refusal(person) === null);
  const proofs = methods.flatMap((method) => proofOf(method) ?? []);
  return {
    ...{ person, reachable: usable.length > 0 || bySchedule, by_schedule_entry: bySchedule },
    last_proof_at: latest(proofs)?.toISOString() ?? null,
    methods: methods.map((method) => {
      const because = unusableBecause(method, channels.of(method.channel).refusal(method.address));
      return {
        ...{ id: method.id, channel: method.channel, state: shownState(method) },
        ...{ usable: because === null, unusable_because: because, last_error: method.last_error },
        last_proof_at: proofOf(method)?.toISOString() ?? null,
        failing_since: method.failing_since?.toISOString() ?? null,
      };
    }),
  };
}

const proofOf = ({ verified_at, last_delivered_at, last_answered_at }: ContactMethod): Date | null =>
  latest([verified_at, last_delivered_at, last_answered_at].flatMap((at) => at ?? []));

const latest = (instants: readonly Date[]): Date | null =>
  instants.reduce<Date | null>((last, at) => (last === null || at > last ? at : last), null);
