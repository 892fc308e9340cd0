import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { breather } from '../../kernel/http/listBody';
import type { Log } from '../../kernel/observe/observe';
import { gracesOf } from '../domain/grace';
import { configurationVersion, type MuteRow, mutesInForce } from '../store/mutes';
import { allRules } from '../store/rules';
import { serviceWindows } from '../store/serviceWindows';
import { allDependencies } from '../store/upstream';
import { compileMute, compileRule } from './compile';
import type { CompiledMute, Configuration } from './decide';
import { indexOf } from './matcherIndex';

/** The compiled rules and mutes of this process. */
export interface ConfigurationCache {
  /** The configuration, if it was compared with the database within the last second; otherwise null. */
  recent(): Configuration | null;
  /**
   * The same after a comparison with the database, if there was none within the last second.
   * @param on a transaction of the caller: it compares by its own connection, because transactions that wait for another
   *   one would hold all of them and block each other
   */
  current(on?: Db): Promise<Configuration>;
  /**
   * The configuration after a comparison that begins now; it holds every change that was committed before.
   * @param on a transaction that holds connections already, so that it needs no further one
   */
  refreshed(on?: Db): Promise<Configuration>;
}

/**
 * A change takes effect in every process within this time, in milliseconds. It costs one short query in a second while
 * reports arrive, and none otherwise.
 */
const TRUSTED_FOR_MS = 1_000;

const EMPTY: Configuration = { rules: indexOf([]), mutes: indexOf([]) };

export function configurationCache({ db, clock, log }: { db: Db; clock: Clock; log: Log }): ConfigurationCache {
  let compiled = { version: -1, configuration: EMPTY };
  let checkedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<Configuration> | undefined;

  async function load(on = db): Promise<Configuration> {
    const began = performance.now();
    const version = await configurationVersion(on);
    if (version !== compiled.version) {
      // A change between the two reads has a higher version, so the next comparison reads it again.
      const [rules, mutes, dependencies, windows] = await Promise.all([
        allRules(on),
        mutesInForce(on),
        allDependencies(on),
        serviceWindows(on),
      ]);
      const graces = gracesOf(dependencies);
      const configuration = {
        version,
        rules: indexOf(
          await usable(
            rules.filter(({ enabled }) => enabled),
            compileRule,
          ),
        ),
        mutes: indexOf(await usable(mutes, compileWithNext)),
        ...(graces.size > 0 && { graces }),
        ...(windows.length > 0 && { windows: new Map(windows.map(({ service, minutes }) => [service, minutes])) }),
      };
      if (version > compiled.version) compiled = { version, configuration };
    }
    checkedAt = Math.max(checkedAt, began);
    return compiled.configuration;
  }

  /** Computes the next occurrence as well, so that the first report need not. */
  function compileWithNext(row: MuteRow): CompiledMute {
    const mute = compileMute(row);
    mute.endAt(clock.now());
    return mute;
  }

  /** A row that cannot be compiled is left out: an alert then pages, which is the safe side. */
  async function usable<Row extends { id: string; name: string }, T>(rows: readonly Row[], compile: (row: Row) => T) {
    const breathe = breather();
    const compiled: T[] = [];
    for (const row of rows) {
      try {
        compiled.push(compile(row));
      } catch (error) {
        log.error({ err: error, id: row.id, name: row.name }, 'rule or mute left out: it cannot be compiled');
      }
      await breathe();
    }
    return compiled;
  }

  const recent = (): Configuration | null =>
    performance.now() - checkedAt < TRUSTED_FOR_MS ? compiled.configuration : null;

  return {
    recent,
    async current(on) {
      const known = recent();
      if (known !== null) return known;
      if (on?.isTransaction) return load(on);
      running ??= load().finally(() => {
        running = undefined;
      });
      return running;
    },
    refreshed: load,
  };
}
