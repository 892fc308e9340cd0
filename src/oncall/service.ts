import { inSlices } from '../kernel/async/slices';
import { mapSteps } from '../kernel/async/steps';
import { moduleStatus } from '../kernel/jobs/status';
import { walkAnswers } from '../kernel/jobs/walks';
import type { Service } from '../kernel/ports/contract';
import type { OncallContract } from './contract';
import { affectedNoticeAnswers } from './service/affectedNotice';
import { calendarAnswers } from './service/calendars';
import { coverageAnswers } from './service/coverage';
import { currentAnswer } from './service/current';
import { dependencyAnswers } from './service/dependencies';
import type { ServiceDeps } from './service/deps';
import { dutyAnswers } from './service/duty';
import { escalationAnswers } from './service/escalations';
import { feedAnswers } from './service/feeds';
import { moveAnswers } from './service/moveOverride';
import { overrideAnswers } from './service/overrides';
import { policyAnswers } from './service/policies';
import { reachAnswers } from './service/reach';
import { registryAnswers } from './service/registry';
import { scheduleAnswers } from './service/schedules';
import { historyTotals, readHistory } from './store/history';
import { totals } from './store/retention';

/** The service of on call, joined from its parts. */
export function oncallService(deps: ServiceDeps): Service<OncallContract> {
  const { db, clock } = deps;
  return {
    ...scheduleAnswers(deps),
    ...overrideAnswers(deps),
    ...moveAnswers(deps),
    ...currentAnswer(deps),
    ...calendarAnswers(deps),
    ...dutyAnswers(deps),
    ...registryAnswers(deps),
    ...dependencyAnswers(deps),
    ...affectedNoticeAnswers(deps),
    ...policyAnswers(deps),
    ...coverageAnswers(deps),
    ...reachAnswers(deps),
    ...feedAnswers(deps),
    ...escalationAnswers(deps),

    ...walkAnswers(deps),
    standing: moduleStatus(db, clock),
    events: ({ after, wait_ms, limit }) => deps.feed.wait(after ?? null, wait_ms, limit),

    async history({ limit, page, per_page = limit, ...filter }, { signal }) {
      const { total, rows } = await readHistory(db, { ...filter, page, per_page });
      const entryOf = ({ id, at, ...rest }: (typeof rows)[number]) => ({
        ...rest,
        event_id: id,
        timestamp: at.toISOString(),
      });
      return { total, page, per_page, history: await inSlices(mapSteps(rows, entryOf), signal) };
    },

    async stats() {
      const [{ schedules, members, overrides, rotation_types }, event_types] = await Promise.all([
        totals(db, clock.now()),
        historyTotals(db),
      ]);
      return {
        total_schedules: schedules,
        total_members: members,
        active_overrides: overrides,
        total_escalations: event_types['escalation'] ?? 0,
        total_history_events: Object.values(event_types).reduce((sum, n) => sum + n, 0),
        rotation_types,
        event_types,
      };
    },
  };
}
