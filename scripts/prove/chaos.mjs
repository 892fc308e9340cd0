import { pause } from './client.mjs';

/**
 * What goes wrong: so many kills, and between them processes and servers that hang for a while and processes that are
 * started anew. It does not wait until the house has recovered from one before it does the next.
 */

const REST_MS = [500, 4_000];
const FROZEN_MS = [300, 7_000];
const FREEZES = 0.2;
const RESTARTS = 0.12;
const SERVERS = 0.35;
const TWO_AT_ONCE = 0.12;
const ONE_BACKEND = 0.25;

export async function wreak({ processes, servers }, chance, { kills, tell }) {
  const done = { kills: 0, freezes: 0, restarts: 0 };
  const whatever = () => (chance.happens(SERVERS) ? chance.one(servers) : chance.one(processes));

  function kill(target) {
    const backend = target.killBackend !== undefined && chance.happens(ONE_BACKEND);
    if (!(backend ? target.killBackend(chance) : target.kill())) return;
    done.kills += 1;
    tell(`kill -9 ${done.kills}/${kills}: ${backend ? 'a backend of ' : ''}${target.name}`);
  }

  async function freeze(target, ms) {
    if (!target.freeze()) return;
    done.freezes += 1;
    tell(`SIGSTOP ${target.name} for ${(ms / 1_000).toFixed(1)} s`);
    await pause(ms);
    target.thaw();
  }

  async function restart(process) {
    done.restarts += 1;
    tell(`SIGTERM ${process.name}`);
    await process.restart();
  }

  while (done.kills < kills) {
    await pause(chance.between(...REST_MS));
    const which = chance.next();
    if (which < FREEZES) await freeze(whatever(), chance.between(...FROZEN_MS));
    else if (which < FREEZES + RESTARTS) await restart(chance.one(processes));
    else {
      kill(whatever());
      if (done.kills < kills && chance.happens(TWO_AT_ONCE)) kill(whatever());
    }
  }
  return done;
}
