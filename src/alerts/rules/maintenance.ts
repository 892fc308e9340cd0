import { randomUUID } from 'node:crypto';
import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import { withRetry } from '../../kernel/db/pool';
import { record } from '../../kernel/events/events';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Service } from '../../kernel/ports/contract';
import { invalid } from '../../kernel/ports/problem';
import type { AlertsContract, MaintenanceWindow } from '../contract';
import { instantOf } from '../domain';
import { changeConfiguration, deleteMute, lockMute } from '../store/mutes';
import type { RuleDeps } from './deps';
import { matcherText } from './matcher';
import { muteCalendar } from './muteCalendar';
import { addMute, changeMute, event, getMute, listMutes, type MuteDraft, type MuteNow } from './mutes';
import { readMatchers, requireNarrow } from './readMatchers';
import { type Occurrence, occurrencesAfter, type Recurrence } from './recurrence';
import { releaseJob } from './release';
import { RruleRefused } from './rrule';

type MaintenanceOperations = Pick<
  Service<AlertsContract>,
  | 'listMaintenanceWindows'
  | 'getMaintenanceWindow'
  | 'createMaintenanceWindow'
  | 'updateMaintenanceWindow'
  | 'deleteMaintenanceWindow'
  | 'previewMaintenance'
  | 'muteCalendar'
>;

const PREVIEWED = 10;

/** Operations of maintenance windows. */
export const maintenance = (deps: RuleDeps): MaintenanceOperations => ({
  async listMaintenanceWindows({ page, per_page, state }) {
    const { total, mutes } = await listMutes(deps, 'window', { page, per_page, state });
    return { total, page, per_page, windows: await inSlices(mapSteps(mutes, presentWindow)) };
  },
  getMaintenanceWindow: async ({ id }) => presentWindow(await getMute(deps, 'window', id)),
  async createMaintenanceWindow(input, caller) {
    const given = { ...draftOf(input, deps.clock.now()), cause: 'window' as const, created_by: caller.actor };
    return presentWindow(await addMute(deps, { ...given, id: randomUUID() }, 'maintenance_window_created', caller));
  },
  async updateMaintenanceWindow({ id: text, ...input }, caller) {
    const what = { cause: 'window', text, kind: 'maintenance_window_updated' } as const;
    const changed = await changeMute(deps, what, caller, (_, now) => ({ ...draftOf(input, now), ended_at: null }));
    return presentWindow(changed);
  },
  async deleteMaintenanceWindow({ id: text }, caller) {
    const { row } = await getMute(deps, 'window', text);
    await withRetry(deps.db, async (trx) => {
      await changeConfiguration(trx);
      if ((await lockMute(trx, row.id)) === undefined) return;
      const now = deps.clock.now();
      await deleteMute(trx, row.id);
      await enqueue(trx, now, [releaseJob(row.id)]);
      await record(trx, [event('maintenance_window_deleted', row, caller, now)], caller);
    });
    await deps.configuration.refreshed();
    return { id: row.id };
  },
  async previewMaintenance(recurrence) {
    const next = nextOccurrences(recurrence, deps.clock.now(), '');
    return { occurrences: next.map(presentSpan) };
  },
  muteCalendar: (input) => muteCalendar(deps, input),
});

type WindowInput = Parameters<MaintenanceOperations['createMaintenanceWindow']>[0];

/** @throws Problem `invalid` */
function draftOf({ name, services, matchers: texts, span, recurrence }: WindowInput, now: Date): MuteDraft {
  const matchers = readMatchers(texts, 'matchers');
  if (services.length === 0) requireNarrow(matchers, 'matchers');
  const common = { name, services: [...new Set(services)], matchers };
  if ((span === undefined) === (recurrence === undefined)) {
    throw invalid([{ path: 'span', message: 'Give span or recurrence, not both' }]);
  }
  if (span !== undefined) return { ...common, ...soundSpan(span, now), recurrence: null };
  const given = recurrence as Recurrence;
  const [first] = nextOccurrences(given, now, 'recurrence.');
  return { ...common, recurrence: given, starts_at: (first as Occurrence).start, ends_at: null };
}

function soundSpan(span: { starts_at: string; ends_at: string }, now: Date) {
  const [starts_at, ends_at] = [instantOf(span.starts_at), instantOf(span.ends_at)];
  if (ends_at <= starts_at) throw invalid([{ path: 'span.ends_at', message: 'Must be later than span.starts_at' }]);
  if (ends_at <= now) throw invalid([{ path: 'span.ends_at', message: 'Must be in the future' }]);
  return { starts_at, ends_at };
}

/**
 * The next ten occurrences.
 * @param field prefix of the fields that a refusal names
 * @throws Problem `invalid` if the rule is faulty, none follows, or one begins before the end of the one before
 */
function nextOccurrences(recurrence: Recurrence, now: Date, field: string): Occurrence[] {
  const next = occurrencesOf(recurrence, now, field);
  if (next.length === 0) throw invalid([{ path: `${field}rrule`, message: 'No occurrence follows' }]);
  if (next.some(({ end }, at) => end > (next[at + 1]?.start ?? end))) {
    const message = 'Must not be longer than the time between two occurrences';
    throw invalid([{ path: `${field}duration_minutes`, message }]);
  }
  return next;
}

function occurrencesOf(recurrence: Recurrence, now: Date, field: string): Occurrence[] {
  try {
    return occurrencesAfter(recurrence, now, PREVIEWED);
  } catch (error) {
    if (error instanceof RruleRefused) throw invalid([{ path: `${field}rrule`, message: error.message }]);
    if (error instanceof RangeError)
      throw invalid([{ path: `${field}starts_at`, message: 'This date does not exist' }]);
    throw error;
  }
}

const presentSpan = ({ start, end }: Occurrence) => ({ starts_at: start.toISOString(), ends_at: end.toISOString() });

const presentWindow = ({ row, state, next, muted }: MuteNow): MaintenanceWindow => ({
  id: row.id,
  name: row.name,
  state,
  services: row.services,
  matchers: row.matchers.map(matcherText),
  span: row.ends_at === null ? null : presentSpan({ start: row.starts_at, end: row.ends_at }),
  recurrence: row.recurrence,
  next: next === null || state === 'expired' ? null : presentSpan(next),
  created_at: row.created_at.toISOString(),
  created_by: row.created_by,
  updated_at: row.updated_at.toISOString(),
  updated_by: row.updated_by,
  muted_alerts: muted,
});
