/**
 * `npm run prove [-- --split] [-- --kills 10] [-- --seed 1]`: the chaos run. Sends alerts and answers pages while the
 * product is killed (-9), frozen and restarted at random, processes and databases alike; then lets all settle and
 * compares what was accepted with what came of it, through the API and in the databases. Prints the ledger; ends with 1
 * where anything was lost, repeated or is not as it was promised. Starts and ends all it needs, on loopback.
 */
import { parseArgs } from 'node:util';
import { chance } from './prove/chance.mjs';
import { wreak } from './prove/chaos.mjs';
import { openClient, pause } from './prove/client.mjs';
import { becomesReady, openMonolith, openSplit } from './prove/houses.mjs';
import { printLedger } from './prove/print.mjs';
import { openResponders } from './prove/responders.mjs';
import { openSenders } from './prove/senders.mjs';
import { settledLedger } from './prove/settling.mjs';
import { openSinks } from './prove/sinks.mjs';
import { watchTimelines } from './prove/tables.mjs';

const CALM_MS = 1_500;
const TEAM = {
  team: 'prove',
  members: [
    { name: 'Ada', email: 'ada@example.com', role: 'primary' },
    { name: 'Ben', email: 'ben@example.com', role: 'secondary' },
  ],
};

const { values: options } = parseArgs({
  options: {
    split: { type: 'boolean', default: false },
    kills: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const kills = Number(options.kills);
if (!Number.isInteger(kills) || kills < 0) {
  console.error('--kills takes a whole number.');
  process.exit(2);
}
const { seed, split } = options;

/** For whoever watches; the ledger is on stdout. */
const started = Date.now();
const tell = (text) => console.error(`${((Date.now() - started) / 1_000).toFixed(1).padStart(7)} s  ${text}`);
process.on('unhandledRejection', (error) => {
  console.error(error);
  process.exit(1);
});

tell(`seed ${seed}, ${kills} kills, ${split ? 'five processes and three servers' : 'one process and its database'}`);
let responders;
const sinks = await openSinks(chance(seed, 'sinks'), (page) => responders?.onPage(page));
const env = { RATE_LIMIT_RPM: '0', DEFAULT_TEAM: TEAM.team, NOTIFICATION_TIMEOUT: '2', ...sinks.env };
const house = await (split ? openSplit : openMonolith)(env);
const client = openClient(house.url);

await client.insist('POST', '/api/v1/schedules', TEAM);
const { body: integration } = await client.insist('POST', '/api/v1/integrations', { name: 'prove alertmanager' });
responders = openResponders({ client, chance: chance(seed, 'responders') });
const senders = openSenders({ client, chance: chance(seed, 'senders'), integrationKey: integration.key });
const watch = watchTimelines(house);

await pause(CALM_MS);
const done = await wreak(house, chance(seed, 'chaos'), { kills, tell });
await pause(CALM_MS);

tell('no more harm; what is under way may end');
await becomesReady(house);
await senders.stop();
await responders.stop();
tell('people take what is open still');
await responders.takeTheRest();
await watch.stop();

tell('settling');
const facts = {
  reports: senders.reports,
  acknowledged: responders.acknowledged,
  resolved: responders.resolved,
  arrived: sinks.arrived,
  prints: watch.prints,
};
const { ledger, settledMs } = await settledLedger(house, client, facts, tell);
const crashes = house.processes.flatMap((each) => each.crashes);
const errors = house.processes.flatMap((each) => each.errors);
const failedStarts = house.processes.reduce((sum, each) => sum + each.failedStarts(), 0);
await house.end();
await sinks.end();

const faults = printLedger({
  title: `prove ${split ? '--split ' : ''}--kills ${kills} --seed ${seed}`,
  seconds: (Date.now() - started) / 1_000,
  settledSeconds: settledMs / 1_000,
  done,
  answers: client.answers,
  failedStarts,
  looks: watch.looks(),
  ledger: [
    ...ledger,
    {
      what: 'processes that ended by themselves',
      count: crashes.length,
      faults: crashes.map((each) => JSON.stringify(each)),
    },
    { what: 'errors that the product did not expect', count: errors.length, faults: errors },
    { what: 'answers that no outage explains', count: client.strange.length, faults: client.strange },
  ],
});
process.exit(faults === 0 ? 0 : 1);
