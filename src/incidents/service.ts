import type { EventsFeed } from '../kernel/events/feed';
import { moduleStatus } from '../kernel/jobs/status';
import type { Service } from '../kernel/ports/contract';
import type { IncidentsContract } from './contract';
import { createAlertsEnded } from './correlation/alertsEnded';
import { createCorrelation } from './correlation/correlate';
import { createHiddenAlerts } from './correlation/hiddenAlerts';
import type { Deps } from './deps';
import { createManualEscalation } from './escalation/escalateNow';
import { createPreview } from './escalation/preview';
import type { StepRunner } from './escalation/runStep';
import { createSnooze } from './escalation/snooze';
import { createSummaries } from './escalation/summary';
import { bulks } from './lifecycle/bulk';
import { createIncidentOpening } from './lifecycle/create';
import { reopenings } from './lifecycle/reopen';
import { undoing } from './lifecycle/undo';
import { createUpdates } from './lifecycle/update';
import type { Analytics } from './queries/analytics';
import { createQueries } from './queries/queries';
import { createServiceQueries } from './queries/services';
import { createPostmortems } from './response/postmortem';

/** The module's answer to its contract; each kind of sentence has its own room. */
export const incidentsService = (
  rooms: Deps,
  telling: StepRunner,
  feed: EventsFeed,
  { analytics }: Analytics,
): Service<IncidentsContract> => ({
  ...createQueries(rooms),
  ...createIncidentOpening(rooms),
  ...createCorrelation(rooms),
  ...createUpdates(rooms),
  ...bulks({ ...createUpdates(rooms), ...undoing(rooms) }),
  ...createSnooze(rooms),
  ...reopenings(rooms),
  ...undoing(rooms),
  ...createPostmortems(rooms),
  ...createPreview(rooms),
  ...createSummaries(rooms),
  ...createAlertsEnded(rooms),
  ...createHiddenAlerts(rooms),
  ...createManualEscalation(rooms, telling),
  ...createServiceQueries(rooms),

  analytics,
  standing: moduleStatus(rooms.db, rooms.clock),
  events: ({ after, wait_ms, limit }) => feed.wait(after ?? null, wait_ms, limit),
});
