import { pause } from '../children';
import type { Chance } from './chance';
import type { Deployment, KeptProcess } from './deployments';
import type { Target } from './server';

export interface Done {
  kills: number;
  freezes: number;
  restarts: number;
}

/**
 * Kills processes and servers `kills` times. Between kills it freezes and restarts some. It does not wait until the
 * product has recovered from one fault before the next one.
 */

const REST_MS = [500, 4_000] as const;
const FROZEN_MS = [300, 7_000] as const;
const FREEZES = 0.2;
const RESTARTS = 0.12;
const SERVERS = 0.35;
const TWO_AT_ONCE = 0.12;
const ONE_BACKEND = 0.25;

export async function wreak(
  { processes, servers }: Deployment,
  chance: Chance,
  { kills, tell }: { kills: number; tell: (text: string) => void },
): Promise<Done> {
  const done = { kills: 0, freezes: 0, restarts: 0 };
  const anything = (): Target => (chance.happens(SERVERS) ? chance.one(servers) : chance.one(processes));

  function kill(target: Target): void {
    const killBackend = target.killBackend !== undefined && chance.happens(ONE_BACKEND) ? target.killBackend : null;
    if (!(killBackend === null ? target.kill() : killBackend(chance))) return;
    done.kills += 1;
    tell(`kill -9 ${done.kills}/${kills}: ${killBackend === null ? '' : 'a backend of '}${target.name}`);
  }

  async function freeze(target: Target, ms: number): Promise<void> {
    if (!target.freeze()) return;
    done.freezes += 1;
    tell(`SIGSTOP ${target.name} for ${(ms / 1_000).toFixed(1)} s`);
    await pause(ms);
    target.thaw();
  }

  async function restart(process: KeptProcess): Promise<void> {
    done.restarts += 1;
    tell(`SIGTERM ${process.name}`);
    await process.restart();
  }

  while (done.kills < kills) {
    await pause(chance.between(...REST_MS));
    const which = chance.next();
    if (which < FREEZES) await freeze(anything(), chance.between(...FROZEN_MS));
    else if (which < FREEZES + RESTARTS) await restart(chance.one(processes));
    else {
      kill(anything());
      if (done.kills < kills && chance.happens(TWO_AT_ONCE)) kill(anything());
    }
  }
  return done;
}
