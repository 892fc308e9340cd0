import type { EventsFeed } from '../kernel/events/feed';
import { moduleStatus } from '../kernel/jobs/status';
import { walkAnswers } from '../kernel/jobs/walks';
import type { Service } from '../kernel/ports/contract';
import { createAnswers } from './answers/answer';
import type { IncidentsContract } from './contract';
import { createAcknowledgements } from './correlation/acknowledgement';
import { createAlertsEnded } from './correlation/alertsEnded';
import { createCorrelation } from './correlation/correlate';
import { attachFlapping, createFlapping } from './correlation/flapping';
import { createForesight } from './correlation/foreseeAttach';
import { createHiddenAlerts } from './correlation/hiddenAlerts';
import type { Deps } from './deps';
import { createManualEscalation } from './escalation/escalateNow';
import { createPreview } from './escalation/preview';
import { createSnooze } from './escalation/snooze';
import { createSummaries } from './escalation/summary';
import { createActsForSources } from './lifecycle/actForAlert';
import { bulks } from './lifecycle/bulk';
import { createIncidentOpening } from './lifecycle/create';
import { reopenings } from './lifecycle/reopen';
import { undoing } from './lifecycle/undo';
import { createUpdates } from './lifecycle/update';
import type { Analytics } from './queries/analytics';
import { createQueries } from './queries/queries';
import { createServiceQueries } from './queries/services';
import { createPostmortems } from './response/postmortem';

/** The operations of the contract, one factory for each folder of operations. */
export const incidentsService = (
  deps: Deps,
  feed: EventsFeed,
  { analytics }: Analytics,
): Service<IncidentsContract> => ({
  ...createQueries(deps),
  ...createIncidentOpening(deps),
  ...attachFlapping(deps, createCorrelation(deps)),
  ...createForesight(deps),
  ...createFlapping(deps),
  ...createUpdates(deps),
  ...bulks({ ...createUpdates(deps), ...undoing(deps) }),
  ...createSnooze(deps),
  ...reopenings(deps),
  ...undoing(deps),
  ...createPostmortems(deps),
  ...createPreview(deps),
  ...createSummaries(deps),
  ...createAcknowledgements(deps),
  ...createAlertsEnded(deps),
  ...createHiddenAlerts(deps),
  ...createActsForSources(deps),
  ...createManualEscalation(deps),
  ...createServiceQueries(deps),
  ...createAnswers(deps.clock, { ...createQueries(deps), ...createUpdates(deps), ...createManualEscalation(deps) }),

  analytics,
  ...walkAnswers(deps),
  standing: moduleStatus(deps.db, deps.clock),
  events: ({ after, wait_ms, limit }) => feed.wait(after ?? null, wait_ms, limit),
});
