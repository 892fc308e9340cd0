import type { Db } from '../../kernel/db/pool';
import type { AnsweringPerson, AnswerResult } from '../contract';
import { TEST_PAGE } from '../domain';

/** Answers of people, each under the provider's id. */

export interface NewAnswer {
  channel: string;
  answerId: string;
  action: AnswerResult['action'] | 'command';
  incidentId: string | null;
  person: Pick<AnsweringPerson, 'name' | 'email'> | null;
}

/** How an answer may go on: it acts now, it acted before, or another request is performing it. */
export type Turn = 'acts' | 'busy' | { before: AnswerResult };

/** Claims an answer. One whose request was interrupted more than `leaseMs` ago is claimed again. */
export async function claimAnswer(db: Db, answer: NewAnswer, now: Date, leaseMs: number): Promise<Turn> {
  const { channel, answerId, action, incidentId, person } = answer;
  const { rows } = await db.raw(
    `insert into inbound_answers (channel, answer_id, action, incident_id, person_name, person_email, received_at)
     values (:channel, :answerId, :action, :incidentId, :name, :email, :now)
     on conflict (channel, answer_id) do update set received_at = excluded.received_at
      where inbound_answers.result is null and inbound_answers.received_at <= :expired
     returning 1`,
    {
      ...{ channel, answerId, action, incidentId, now },
      name: person?.name ?? null,
      email: person?.email ?? null,
      expired: new Date(now.getTime() - leaseMs),
    },
  );
  if (rows.length > 0) return 'acts';
  const row = await db('inbound_answers').where({ channel, answer_id: answerId }).first('result');
  return row?.result ? { before: row.result as AnswerResult } : 'busy';
}

/** Saves the result of an answer; the first one stays. */
export async function saveResult(db: Db, channel: string, answerId: string, result: AnswerResult): Promise<void> {
  await db('inbound_answers')
    .where({ channel, answer_id: answerId, result: null })
    .update({ result: JSON.stringify(result) });
}

/** Deletes answers that came before this instant; returns how many. */
export const forgetAnswers = (db: Db, before: Date): Promise<number> =>
  db('inbound_answers').where('received_at', '<', before).delete();

const IS_INCIDENT = "incident_id ~ '^[0-9a-f-]{36}$'";
const IS_TEST = `incident_id like '${TEST_PAGE}%'`;

/** A page that waits for its bundle was not received, so that no reply is meant for it. */
const WAS_SENT = 'and (gathered_until is null or bundle_id is not null)';

/** The newest page that a person got at an address since an instant; null without one. */
export async function newestPage(db: Db, { channel, recipient, since }: AtAddress): Promise<PageAtAddress | null> {
  const [newest] = await pagesAt(
    db,
    { channel, recipient, since },
    1,
    `and (${IS_INCIDENT} or ${IS_TEST}) ${WAS_SENT}`,
  );
  return newest ?? null;
}

/** The newest page of each incident that a person got at an address since an instant. */
export const pagesOfAddress = (db: Db, address: AtAddress, limit: number): Promise<PageAtAddress[]> =>
  pagesAt(db, address, limit, `and ${IS_INCIDENT} and kind is distinct from 'bundle'`);

export interface AtAddress {
  channel: string;
  recipient: string;
  since: Date;
}

export interface PageAtAddress {
  id: string;
  incident_id: string;
  person_name: string | null;
  person_email: string | null;
}

const PAGE_COLUMNS = ['id', 'incident_id', 'channel', 'person_name', 'person_email', 'method_id'] as const;

async function pagesAt(
  db: Db,
  { channel, recipient, since }: AtAddress,
  limit: number,
  more: string,
): Promise<PageAtAddress[]> {
  const { rows } = await db.raw(
    `select * from (
       select distinct on (incident_id) id, incident_id, person_name, person_email, created_at from notifications
        where channel = :channel and recipient = :recipient and audience = 'person' and outcome is null
          and created_at >= :since ${more}
        order by incident_id, created_at desc) newest
     order by created_at desc limit :limit`,
    { channel, recipient, since, limit },
  );
  return rows;
}

/** The page that a code or a token names. */
export const pageById = (
  db: Db,
  id: string,
): Promise<(PageAtAddress & { channel: string; method_id: string | null }) | undefined> =>
  db('notifications')
    .where({ id })
    .first([...PAGE_COLUMNS]);
