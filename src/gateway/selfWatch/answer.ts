import type { Service } from '../../kernel/ports/contract';
import type { GatewayContract } from '../contract';
import type { Deps } from '../deps';
import { openOutage, readWatch } from './store';

/** The state of the self-watch. */
export function selfWatchAnswer({ db, settings }: Deps): Pick<Service<GatewayContract>, 'selfWatch'> {
  return {
    async selfWatch() {
      const { selfWatchSeconds: every_seconds, heartbeatUrl } = settings;
      const [watch, outage] = await Promise.all([readWatch(db), openOutage(db)]);
      const failing = every_seconds > 0 ? outage : undefined;
      return {
        every_seconds,
        state: every_seconds === 0 ? 'off' : failing ? 'failing' : watch.last_passed_at ? 'passing' : 'waiting',
        last_started_at: watch.last_started_at?.toISOString() ?? null,
        last_passed_at: watch.last_passed_at?.toISOString() ?? null,
        last_duration_ms: watch.last_duration_ms,
        failing_since: failing?.began_at.toISOString() ?? null,
        stuck_at: failing?.stuck_at ?? null,
        heartbeat: {
          configured: heartbeatUrl !== null,
          last_at: watch.pinged_at?.toISOString() ?? null,
          failure: watch.ping_failure,
        },
      };
    },
  };
}
