import type { Service } from '../../kernel/ports/contract';
import type { AlertsContract } from '../contract';
import type { AlertRow } from '../store/alerts';
import type { HistoryRow } from '../store/history';

type Shown = Awaited<ReturnType<Service<AlertsContract>['reports']>>['history'];
type Text = Pick<Shown[number], 'severity' | 'message' | 'annotations'>;

/**
 * The history of an alert, newest first. The first report and the end are shown also if no row is left of them.
 * @param rows newest first
 */
export function presentHistory(alert: AlertRow, rows: readonly HistoryRow[]): Shown {
  const first = rows.find(({ kind }) => kind === 'first');
  const end = rows.find(({ kind }) => kind === 'ended');
  const changes = rows.flatMap(changeOf);
  const last = changes[0] ?? textOf(alert);
  return [
    ...(alert.ended_at === null
      ? []
      : [{ kind: 'ended' as const, at: alert.ended_at.toISOString(), ...textIn(last), ...sentBy(end) }]),
    ...changes,
    {
      kind: 'first',
      at: alert.created_at.toISOString(),
      ...textOf(alert.first_said ?? alert),
      reported_by: alert.reported_by,
      payload: first?.payload ?? null,
    },
  ];
}

const textIn = ({ severity, message, annotations }: Text): Text => ({ severity, message, annotations });

const textOf = ({ severity, message, context }: Pick<AlertRow, 'severity' | 'message' | 'context'>): Text => ({
  ...{ severity, message },
  annotations: context?.annotations ?? {},
});

const sentBy = (row: HistoryRow | undefined) => ({
  reported_by: row?.reported_by ?? null,
  payload: row?.payload ?? null,
});

function changeOf({ kind, at, severity, message, context, reported_by, payload }: HistoryRow): Shown {
  if (kind !== 'changed' || severity === null || message === null) return [];
  return [{ kind, at: at.toISOString(), ...textOf({ severity, message, context }), reported_by, payload }];
}
