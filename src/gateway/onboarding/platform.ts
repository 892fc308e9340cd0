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
  deps: Deps;
  hub: Hub;
  streams: Streams;
}

type Answers = Pick<Service<GatewayContract>, 'platform' | 'guide'>;
type Platform = Awaited<ReturnType<Answers['platform']>>;

/** A module that takes longer counts as down, because the status page must not wait for it. */
const ANSWERS_WITHIN_MS = seconds(2);
/** Requests within a second share one answer. */
const KEPT_MS = seconds(1);

/** Status of all modules, and the steps of the set-up. A module that does not answer is reported as down; the request succeeds. */
export function platformAnswers(deps: PlatformDeps): Answers {
  const query = platformQuery(deps);
  let answer: Promise<Platform> | undefined;
  let lookedAt = 0;
  return {
    platform() {
      if (answer === undefined || performance.now() - lookedAt >= KEPT_MS) {
        lookedAt = performance.now();
        answer = query();
      }
      return answer;
    },
    guide: (_input, caller) => guideOf(deps.deps.ports, caller, withDeadline),
  };
}

const withDeadline = <T>(asked: Promise<T>): Promise<T> => withTimeout(asked, ANSWERS_WITHIN_MS);

function platformQuery({ deps: { db, clock, ports }, hub, streams }: PlatformDeps): () => Promise<Platform> {
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
      Promise.all(SOURCES.map((module) => statusOf(module, ask[module]))),
      withDeadline(ports.notify.deliveries({}, caller)).catch(() => null),
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

async function statusOf(module: Source, ask: () => Promise<ModuleStatus>): Promise<ModuleStanding> {
  try {
    return { module, status: 'up', reason: null, standing: await withDeadline(ask()) };
  } catch (error) {
    return { module, status: 'down', reason: reasonOf(error), standing: null };
  }
}

/** The detail of a problem. Other errors are not shown, because they may name a host or a statement. */
const reasonOf = (error: unknown): string =>
  error instanceof Problem ? error.detail : 'It does not answer, or its database does not.';
