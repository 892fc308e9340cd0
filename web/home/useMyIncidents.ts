import type { RefObject } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { Incident } from '../../src/incidents/contract';
import { acknowledgedSoFar, newest, wasMoved } from '../incidents/incidentActions';
import { type Reading, useReading } from '../live/useStableList';
import { isMe, me } from '../session';

/**
 * The incidents on Home: those that page the viewer, those that the viewer holds, and all open ones. The lists are
 * above each other, so while a person is about to press a button in one of them, no list moves.
 */
export const SHOWN = 50;
const CALLS = 3;
const RANK = { critical: 0, high: 1, medium: 2, low: 3 } as const;

export interface Shown {
  incident: Incident;
  /** Still shown, although it does not page the viewer any more. */
  left: boolean;
}

export interface Needs {
  box: RefObject<HTMLDivElement | null>;
  calls: Shown[];
  held: Shown[];
  all: Shown[];
  fresh: ReadonlySet<string>;
  /** The number of waiting incidents, and how many of them page the viewer. */
  arrived: { n: number; calling: number };
  /** Shows the waiting incidents. */
  take(): void;
  /** The current state without waiting: the headline counts it. */
  now: { calling: number; open: number; further: number; total: number; critical: number; noOne: number };
}

const isMine = ({ assigned_to, assignee_email }: Incident): boolean => isMe(assigned_to) || isMe(assignee_email);
/** Unacknowledged, or acknowledged by too few people and not by the viewer. */
const asksViewer = (incident: Incident): boolean =>
  incident.status === 'open' || acknowledgedSoFar(incident)?.byMe === false;
const isCall = (incident: Incident): boolean =>
  isMine(incident) && asksViewer(incident) && incident.snoozed_until === null;
const isHeld = (incident: Incident): boolean =>
  isMine(incident) && !asksViewer(incident) && incident.status !== 'resolved';

const worstFirst = (a: Incident, b: Incident): number =>
  RANK[a.severity] - RANK[b.severity] ||
  Number(b.reach === 'no_one') - Number(a.reach === 'no_one') ||
  a.created_at.localeCompare(b.created_at);
/** An incident that the viewer takes moves below the ones they hold. */
const takenLast = (a: Incident, b: Incident): number =>
  (a.acknowledged_at ?? a.updated_at).localeCompare(b.acknowledged_at ?? b.updated_at);

export function useNeeds(answer: readonly Incident[] | undefined): Needs {
  const box = useRef<HTMLDivElement>(null);
  const who = me.value;
  const sorted = useMemo(
    () => ({
      calls: answer?.filter(isCall).sort(worstFirst),
      held: answer?.filter(isHeld).sort(takenLast),
    }),
    [answer, who],
  );
  const options = { box, mine: wasMoved, pushes: true };
  const reads = {
    calls: useReading('calls', sorted.calls, { ...options, most: CALLS }),
    held: useReading('held', sorted.held, { ...options, most: SHOWN }),
    all: useReading('open', answer, { ...options, pushes: false, most: SHOWN }),
  };
  const stands = new Map((answer ?? []).map((incident) => [incident.id, incident]));
  const shown = ({ rows, left }: Reading<Incident>, belongs: (incident: Incident) => boolean): Shown[] =>
    rows
      .map((row) => ({ incident: newest(stands.get(row.id) ?? row), left: left.has(row.id) }))
      .filter((row) => row.left || belongs(row.incident));
  const now = (answer ?? []).map(newest).filter(isUnresolved);
  const held = shown(reads.held, isHeld);
  return {
    box,
    calls: shown(reads.calls, isCall),
    held: [...held, ...justTaken(now, held)],
    all: shown(reads.all, isUnresolved),
    fresh: reads.all.fresh,
    arrived: { n: Math.max(...Object.values(reads).map((read) => read.arrived)), calling: reads.calls.arrived },
    take: () => Object.values(reads).forEach(({ take }) => void take()),
    now: {
      calling: now.filter(isCall).length,
      open: now.filter(({ status }) => status === 'open').length,
      further: now.filter((incident) => acknowledgedSoFar(incident) !== null).length,
      total: now.length,
      critical: now.filter(({ severity }) => severity === 'critical').length,
      noOne: now.filter(({ reach }) => reach === 'no_one').length,
    },
  };
}

const isUnresolved = ({ status }: Incident): boolean => status !== 'resolved';

/** Incidents that the viewer took just now, before the list of the server shows that. */
function justTaken(now: readonly Incident[], held: readonly Shown[]): Shown[] {
  const known = new Set(held.map(({ incident }) => incident.id));
  return now
    .filter((incident) => wasMoved(incident.id) && isHeld(incident) && !known.has(incident.id))
    .map((incident) => ({ incident, left: false }));
}
