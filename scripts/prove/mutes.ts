import { pause } from '../children';
import type { Chance } from './chance';
import type { Client } from './client';
import { COUNTED, REPORTS_NEEDED } from './ledger/holds';

/** Silences and maintenance windows that begin and end during the run, and rules that delay and count alerts. */

const EVERY_MS = [1_500, 4_000] as const;
/** Longer than a frozen process waits, so that no end has passed when a request is read. */
const LENGTH_MS = [10_000, 20_000] as const;
const ENDED_EARLY = 0.3;
const QUIET = 3;
const DELAYED = 2;
const DELAY_MINUTES = 1;
const COUNTED_SERVICES = 8;
/** Longer than a run, so that every report counts. */
const COUNTED_WITHIN_MINUTES = 1_440;

/** Services whose alerts are muted from time to time. */
export const quietService = (chance: Chance): string => `quiet-${chance.whole(1, QUIET)}`;
/** Services whose alerts wait for a minute. */
export const delayedService = (chance: Chance): string => `delayed-${chance.whole(1, DELAYED)}`;

/** Services whose alerts wait for others. */
export const countedService = (chance: Chance): string => `${COUNTED}${chance.whole(1, COUNTED_SERVICES)}`;

export interface Mutes {
  /** How many silences and windows were accepted. */
  made(): number;
  /** Begins nothing new. Resolves when every mute has ended, and every delay that began before the call. */
  over(): Promise<void>;
}

export function openMutes({ client, chance }: { client: Client; chance: Chance }): Mutes {
  const ends: number[] = [];
  let made = 0;
  let working = true;

  async function create(): Promise<void> {
    const [now, endsAt] = [Date.now(), Date.now() + chance.between(...LENGTH_MS)];
    const [starts_at, ends_at] = [new Date(now).toISOString(), new Date(endsAt).toISOString()];
    const service = quietService(chance);
    const isSilence = chance.happens(0.6);
    const ask = (path: string, body: object) => client.ask<{ id: string }>('POST', path, body);
    // Sent once, because a repeated one can be too late for its end. Without an answer it may begin nevertheless.
    ends.push(endsAt);
    const answer = isSilence
      ? await ask('/api/v1/silences', { matchers: [`service="${service}"`], ends_at })
      : await ask('/api/v1/maintenance-windows', {
          ...{ name: `Work on ${service}`, services: [service], span: { starts_at, ends_at } },
        });
    if (answer?.status !== 201) return;
    made += 1;
    if (isSilence && chance.happens(ENDED_EARLY)) void endEarly(answer.body.id, endsAt);
  }

  async function endEarly(id: string, endsAt: number): Promise<void> {
    await pause(Math.max(0, (endsAt - Date.now()) * chance.next()));
    await client.ask('POST', `/api/v1/silences/${id}/end`);
  }

  async function live(): Promise<void> {
    while (working) {
      await create();
      await pause(chance.between(...EVERY_MS));
    }
  }
  const makeRules = async () => {
    for (const rule of RULES) await client.insist('POST', '/api/v1/rules', rule);
  };
  const life = makeRules().then(live);

  return {
    made: () => made,
    async over() {
      working = false;
      await life;
      const last = Math.max(Date.now() + DELAY_MINUTES * 60_000, ...ends);
      await pause(last - Date.now());
    },
  };
}

const ruleOf = (name: string, when: string, then: object) => ({ name, when: [when], then });
const RULES = [
  ruleOf('Wait a minute', 'service=~"delayed-.+"', { delay_minutes: DELAY_MINUTES }),
  ruleOf('Wait for three', `service=~"${COUNTED}.+"`, {
    threshold: { count: REPORTS_NEEDED, within_minutes: COUNTED_WITHIN_MINUTES },
    group_by: { kind: 'service' },
  }),
];
