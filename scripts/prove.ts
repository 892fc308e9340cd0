/**
 * `npm run prove [-- --split] [-- --kills 10] [-- --seed 1] [-- --chains]`: the chaos run. It sends alerts and answers pages while random
 * processes and databases of the product are killed (-9), frozen and restarted. Then it waits until the product is idle
 * and compares the accepted requests with the API and the databases. It prints the ledger, and exits with 1 if anything
 * was lost, duplicated or wrong. It starts and stops everything it needs on loopback.
 */
import { parseArgs } from 'node:util';
import { pause } from './children';
import { chance } from './prove/chance';
import { wreak } from './prove/chaos';
import { type Client, openClient } from './prove/client';
import { becomesReady, type Deployment, openMonolith, openSplit } from './prove/deployments';
import { finalLedger } from './prove/finalLedger';
import { openHeartbeats } from './prove/heartbeats';
import { printedChains } from './prove/ledger/chains';
import type { Line } from './prove/ledger/input';
import { openMutes } from './prove/mutes';
import { movePeopleIn, TEAM } from './prove/people';
import { printLedger } from './prove/print';
import { openResponders, type Responders } from './prove/responders';
import { openSenders } from './prove/senders';
import { openSinks } from './prove/sinks';
import { watchTimelines } from './prove/tables';

const CALM_MS = 1_500;
/** The shortest settings, so that waits fit into a run. */
const QUICK = { PAGE_REACHED_WITHIN: '5', BUNDLE_AFTER: '0', FLAPPING_WINDOW_MINUTES: '1' };

interface Options {
  kills: number;
  seed: string;
  split: boolean;
  /** Prints the chain of every page, with all its links. */
  chains: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      split: { type: 'boolean', default: false },
      chains: { type: 'boolean', default: false },
      kills: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const kills = Number(values.kills);
  if (Number.isInteger(kills) && kills >= 0) {
    return { kills, seed: values.seed, split: values.split, chains: values.chains };
  }
  console.error('--kills takes a whole number.');
  process.exit(2);
}

const startedMs = Date.now();
/** Prints progress to stderr; stdout has only the ledger. */
const tell = (text: string): void =>
  console.error(`${((Date.now() - startedMs) / 1_000).toFixed(1).padStart(7)} s  ${text}`);
process.on('unhandledRejection', (error) => {
  console.error(error);
  process.exit(1);
});

async function makeIntegration(client: Client): Promise<string> {
  const named = { name: 'prove alertmanager' };
  const made = await client.insist<{ key: string }>('POST', '/api/v1/integrations', named);
  if (made === null) throw new Error('No integration could be made.');
  return made.body.key;
}

/** Ledger lines about the processes themselves. */
function linesOfProcesses({ processes }: Deployment, { strange }: Client, untaken: readonly string[]): Line[] {
  const crashes = processes.flatMap((each) => each.crashes).map((each) => JSON.stringify(each));
  const errors = processes.flatMap((each) => each.errors);
  return [
    { what: 'processes that ended by themselves', count: crashes.length, faults: crashes },
    { what: 'errors that the product did not expect', count: errors.length, faults: errors },
    { what: 'answers that no outage explains', count: strange.length, faults: strange },
    { what: 'reports and replies that were never taken', count: untaken.length, faults: [...untaken] },
  ];
}

async function run({ kills, seed, split, chains }: Options): Promise<void> {
  tell(`seed ${seed}, ${kills} kills, ${split ? 'five processes and three servers' : 'one process and its database'}`);
  let responders: Responders | undefined;
  const sinks = await openSinks(chance(seed, 'sinks'), (page) => responders?.onPage(page));
  const env = { RATE_LIMIT_RPM: '0', DEFAULT_TEAM: TEAM.team, NOTIFICATION_TIMEOUT: '2', ...QUICK, ...sinks.env };
  const deployment = await (split ? openSplit : openMonolith)(env);
  const client = openClient(deployment.url);
  sinks.providers.serve(deployment.url);
  await movePeopleIn(client, sinks.providers, sinks.mailed);
  const integrationKey = await makeIntegration(client);
  sinks.providers.misbehave(true);
  responders = openResponders({ client, chance: chance(seed, 'responders') });
  const senders = openSenders({ client, chance: chance(seed, 'senders'), integrationKey });
  const mutes = openMutes({ client, chance: chance(seed, 'mutes') });
  const heartbeats = await openHeartbeats({ client, chance: chance(seed, 'heartbeats') }, deployment.url);
  const watch = watchTimelines(deployment);

  await pause(CALM_MS);
  const done = await wreak(deployment, chance(seed, 'chaos'), { kills, tell });
  await pause(CALM_MS);

  tell('no more faults; what is under way may end');
  await becomesReady(deployment);
  sinks.providers.misbehave(false);
  await senders.stop();
  await heartbeats.stop();
  tell(`waiting for the ends of ${mutes.made()} mutes and of the delays`);
  await mutes.over();
  await responders.stop();
  tell('acknowledging what is still open');
  await responders.takeTheRest();
  await watch.stop();

  tell('waiting for the reports of providers');
  await sinks.providers.settle();
  tell('waiting until nothing is open');
  const { acknowledged, resolved } = responders;
  const { arrived, tries, providers } = sinks;
  const observed = { acknowledged, resolved, arrived, tries, receipts: providers.receipts, prints: watch.prints };
  const seen = { ...observed, reports: senders.reports, beats: heartbeats.last };
  const { ledger, settledMs, tables } = await finalLedger(deployment, client, seen, tell);
  await deployment.end();
  await sinks.end();

  const faults = printLedger({
    title: `prove ${split ? '--split ' : ''}--kills ${kills} --seed ${seed}`,
    seconds: (Date.now() - startedMs) / 1_000,
    settledSeconds: settledMs / 1_000,
    done,
    answers: client.answers,
    failedStarts: deployment.processes.reduce((sum, each) => sum + each.failedStarts(), 0),
    looks: watch.looks(),
    fromMessages: responders.answered(),
    chains: printedChains(tables, chains),
    ledger: [...ledger, ...linesOfProcesses(deployment, client, providers.untaken)],
  });
  process.exit(faults === 0 ? 0 : 1);
}

void run(readOptions());
