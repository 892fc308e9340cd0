import { withTimeout } from '../../kernel/async/withTimeout';
import { seconds } from '../../kernel/clock';
import { moduleStatus, VERSION } from '../../kernel/jobs/status';
import { type Service, systemCaller } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { ModuleStatus } from '../../kernel/ports/values';
import { type GatewayContract, type ModuleStanding, SOURCES, type Source } from '../contract';
import type { Deps } from '../deps';
import type { Hub } from '../live/hub';
import type { Streams } from '../live/streams';
import { guideOf } from './guide';

export interface PlatformDeps {
  rooms: Deps;
  hub: Hub;
  streams: Streams;
}

type Answers = Pick<Service<GatewayContract>, 'platform' | 'guide'>;
type Platform = Awaited<ReturnType<Answers['platform']>>;

/** Whoever takes longer counts as down: a page that says how things stand must not wait for what does not. */
const ANSWERS_WITHIN_MS = seconds(2);
/** One look serves all who ask within a second. */
const KEPT_MS = seconds(1);

/** How the house stands, and what a new one lacks. What does not answer is told as such; the answer itself never fails. */
export function platformAnswers(deps: PlatformDeps): Answers {
  const look = looking(deps);
  let answer: Promise<Platform> | undefined;
  let lookedAt = 0;
  return {
    platform() {
      if (answer === undefined || performance.now() - lookedAt >= KEPT_MS) {
        lookedAt = performance.now();
        answer = look();
      }
      return answer;
    },
    guide: (_input, caller) => guideOf(deps.rooms.ports, caller, soon),
  };
}

const soon = <T>(asked: Promise<T>): Promise<T> => withTimeout(asked, ANSWERS_WITHIN_MS);

function looking({ rooms: { db, clock, ports }, hub, streams }: PlatformDeps): () => Promise<Platform> {
  const caller = systemCaller('gateway-platform');
  const own = moduleStatus(db, clock);
  const startedAt = clock.now().getTime();
  const ask: Record<Source, () => Promise<ModuleStatus>> = {
    alerts: () => ports.alerts.standing({}, caller),
    incidents: () => ports.incidents.standing({}, caller),
    oncall: () => ports.oncall.standing({}, caller),
    notify: () => ports.notify.standing({}, caller),
    gateway: own,
  };
  return async () => {
    const [modules, deliveries] = await Promise.all([
      Promise.all(SOURCES.map((module) => standingOf(module, ask[module]))),
      soon(ports.notify.deliveries({}, caller)).catch(() => null),
    ]);
    const now = clock.now();
    return {
      at: now.toISOString(),
      version: VERSION,
      uptime_seconds: Math.floor((now.getTime() - startedAt) / 1_000),
      modules,
      deliveries,
      stream: { open: streams.open(), silent: hub.silent() },
    };
  };
}

async function standingOf(module: Source, ask: () => Promise<ModuleStatus>): Promise<ModuleStanding> {
  try {
    return { module, status: 'up', reason: null, standing: await soon(ask()) };
  } catch (error) {
    return { module, status: 'down', reason: reasonOf(error), standing: null };
  }
}

/** Only what a problem says goes out: anything else may name a host or a statement. */
const reasonOf = (error: unknown): string =>
  error instanceof Problem ? error.detail : 'It does not answer, or its database does not.';
