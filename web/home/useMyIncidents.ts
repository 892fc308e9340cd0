import type { RefObject } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { Incident } from '../../src/incidents/contract';
import { newest, wasMoved } from '../incidents/incidentActions';
import { type Reading, useReading } from '../live/useStableList';
import { isMe, me } from '../session';

/**
 * What is open, as Home shows it: what calls the viewer, what they hold, and all of it. The three stand above each
 * other, so whoever is about to press something in one of them is spared what arrives in any.
 */
export const SHOWN = 50;
const CALLS = 3;
const RANK = { critical: 0, high: 1, medium: 2, low: 3 } as const;

export interface Shown {
  incident: Incident;
  /** Stands there still, although it is over. */
  left: boolean;
}

export interface Needs {
  box: RefObject<HTMLDivElement | null>;
  calls: Shown[];
  held: Shown[];
  all: Shown[];
  fresh: ReadonlySet<string>;
  /** How many wait to be shown, and how many of them call the viewer. */
  arrived: { n: number; calling: number };
  /** Lets in what waits. */
  take(): void;
  /** As it stands, whatever waits: what the page's sentence counts. */
  now: { calling: number; open: number; total: number; critical: number; noOne: number };
}

const isMine = ({ assigned_to, assignee_email }: Incident): boolean => isMe(assigned_to) || isMe(assignee_email);
const isCall = (incident: Incident): boolean =>
  isMine(incident) && incident.status === 'open' && incident.snoozed_until === null;
const isHeld = (incident: Incident): boolean =>
  isMine(incident) && (incident.status === 'acknowledged' || incident.status === 'in_progress');

const worstFirst = (a: Incident, b: Incident): number =>
  RANK[a.severity] - RANK[b.severity] ||
  Number(b.reach === 'no_one') - Number(a.reach === 'no_one') ||
  a.created_at.localeCompare(b.created_at);
/** What one takes comes below what one has, and moves none of it. */
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
      total: now.length,
      critical: now.filter(({ severity }) => severity === 'critical').length,
      noOne: now.filter(({ reach }) => reach === 'no_one').length,
    },
  };
}

const isUnresolved = ({ status }: Incident): boolean => status !== 'resolved';

/** What the viewer took this moment, before the server's list says so. */
function justTaken(now: readonly Incident[], held: readonly Shown[]): Shown[] {
  const known = new Set(held.map(({ incident }) => incident.id));
  return now
    .filter((incident) => wasMoved(incident.id) && isHeld(incident) && !known.has(incident.id))
    .map((incident) => ({ incident, left: false }));
}
