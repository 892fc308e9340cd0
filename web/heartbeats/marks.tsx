import { heartbeats as words } from '../text/heartbeats';
import { Badge } from '../ui/icons';
import { At } from '../ui/time';
import { took, when } from '../ui/times';
import { type Heartbeat, type State, TONES } from './view';

/** The smallest parts of heartbeats: the state, the last pings as bars, the run times as bars. */

export const StateBadge = ({ of }: { of: State }) => <Badge tone={TONES[of]}>{words.state[of]}</Badge>;

const BARS = 20;
const STEP = 6;
const HEIGHT = 20;
const LOW = 10;

/** The last pings, oldest first: failures are tall and red, so that they are seen without the colour too. */
export function LastPings({ of }: { of: Heartbeat['recent'] }) {
  const pings = of.slice(0, BARS).reverse();
  if (pings.length === 0) return null;
  const failed = pings.filter(({ kind }) => kind === 'fail').length;
  return (
    <svg
      class="beats"
      viewBox={`0 0 ${BARS * STEP} ${HEIGHT}`}
      role="img"
      aria-label={words.marks(pings.length, failed)}
    >
      {pings.map(({ number, kind }, at) => {
        const height = kind === 'fail' ? HEIGHT : kind === 'success' ? LOW : LOW / 2;
        const x = (BARS - pings.length + at) * STEP;
        return (
          <rect key={number} class={`beat-${kind}`} x={x} y={HEIGHT - height} width={STEP - 2} height={height} rx="1" />
        );
      })}
    </svg>
  );
}

export interface Run {
  number: number;
  ms: number;
  failed: boolean;
}

const PLOT = 80;
const LEAST = 2;

/** Run times, oldest first; a hover shows one. */
export function RunTimes({ of }: { of: readonly Run[] }) {
  const longest = Math.max(...of.map(({ ms }) => ms), 1);
  const share = 100 / of.length;
  return (
    <svg class="chart runs" role="img" aria-label={words.page.runLabel(of.length, took(longest))}>
      {of.map(({ number, ms, failed }, at) => {
        const height = Math.max(LEAST, (PLOT * ms) / longest);
        return (
          <rect
            key={number}
            class={failed ? 'beat-fail' : 'beat-success'}
            x={`${at * share + share * 0.1}%`}
            y={PLOT - height}
            width={`${share * 0.8}%`}
            height={height}
          >
            <title>{took(ms)}</title>
          </rect>
        );
      })}
    </svg>
  );
}

/** What happens next: a ping is due, the heartbeat goes down, or it is down. */
export function Next({ of }: { of: Heartbeat }) {
  const { state, due_at, down_at, down_since } = of;
  if (down_since !== null && state === 'down') {
    return (
      <>
        {words.downSince} <At at={down_since}>{when(down_since)}</At>
      </>
    );
  }
  if (state === 'paused' || due_at === null || down_at === null) return <span class="muted">–</span>;
  if (state === 'late' || state === 'started') {
    return (
      <>
        {words.downFrom} <At at={down_at}>{when(down_at)}</At>
      </>
    );
  }
  return (
    <>
      {words.due} <At at={due_at}>{when(due_at)}</At>
    </>
  );
}
