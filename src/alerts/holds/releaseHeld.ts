import type { HandlersOf } from '../../kernel/jobs/jobs';
import type { RuleDeps } from '../rules/deps';
import { decideAboutAll } from '../rules/release';
import { type HeldFilter, heldAlerts } from '../store/holds';
import type { AlertJobs } from '../store/jobKinds';
import { attachEndedInDelay } from './endedInDelay';

const CHUNK = 250;
const MOST_TRIES = 5;

/**
 * Handler of `release-held`: runs all stages again for held alerts. A report that comes at the same time can decide by an
 * earlier clock, so the alerts that it took are looked at once more.
 */
export const releaseHeld =
  (deps: RuleDeps): HandlersOf<AlertJobs>['release-held'] =>
  async ({ alerts, key }, job) => {
    for (let tries = 1; ; tries++) {
      const filter: HeldFilter =
        alerts !== undefined ? { alerts, dueBy: deps.clock.now() } : key !== undefined ? { key } : 'all';
      const left = await decideAboutAll(deps, (after) => heldAlerts(deps.db, filter, after, CHUNK), job);
      if (left === 0) break;
      if (tries === MOST_TRIES) throw new Error('Held alerts are reported too often.');
    }
    if (alerts !== undefined) await attachEndedInDelay(deps, alerts);
  };
