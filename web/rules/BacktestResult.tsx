import { rules } from '../text/rules';
import { SeverityMark } from '../ui/icons';
import { Heads } from '../ui/table';
import { At } from '../ui/time';
import { when } from '../ui/times';
import type { Backtest } from './useBacktest';

const { trial: words } = rules;
type Result = NonNullable<Backtest['result']>;
type Change = Result['missed'][number];

const COUNTS = ['incidents', 'pages', 'dropped', 'muted', 'held'] as const;
const HEADS = [
  { text: words.columns.what },
  { text: words.columns.now, num: true },
  { text: words.columns.draft, num: true },
];

/** What a draft of the rules would have changed: the numbers, and each page that is missed or new. */
export const BacktestResult = ({ of }: { of: Result }) => (
  <section class="stack" aria-label={words.result}>
    <p class="second">{words.replayed(of.alerts, of.events)}</p>
    <table>
      <Heads of={HEADS} />
      <tbody>
        {COUNTS.map((name) => (
          <tr key={name}>
            <th scope="row">{words.counts[name]}</th>
            <td class="num">{of.current[name]}</td>
            <td class="num">
              {of.draft[name] === of.current[name] ? of.draft[name] : <strong>{of.draft[name]}</strong>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
    <Pages title={words.missed(of.missed_total)} of={of.missed} total={of.missed_total} />
    <Pages title={words.new(of.new_total)} of={of.new} total={of.new_total} />
    <Limits of={of} />
  </section>
);

const Pages = ({ title, of, total }: { title: string; of: readonly Change[]; total: number }) => (
  <div class="stack tight">
    <h3>{title}</h3>
    {total > of.length && <p class="small muted">{words.first(of.length, total)}</p>}
    {of.length > 0 && (
      <ul class="stack tight">
        {of.map((change) => (
          <li key={change.alert_id}>
            <SeverityMark of={change.severity} quiet />{' '}
            <a href={`/alerts/${change.alert_id}`} target="_blank" rel="noreferrer">
              {change.service}: {change.message}
            </a>
            <div class="small muted dots">
              <At at={change.at}>{when(change.at)}</At>
              <span>
                {words.because[change.because]}{' '}
                {change.joined && (
                  <a href={`/alerts/${change.joined}`} target="_blank" rel="noreferrer">
                    {words.joined}
                  </a>
                )}
              </span>
            </div>
          </li>
        ))}
      </ul>
    )}
  </div>
);

/** What the replay does not know. */
const Limits = ({ of }: { of: Result }) => (
  <>
    <p class="small second">{words.notConsidered}</p>
    {of.without_history > 0 && <p class="small second">{words.withoutHistory(of.without_history)}</p>}
    {of.dropped_not_replayed > 0 && <p class="small second">{words.droppedBefore(of.dropped_not_replayed)}</p>}
    {of.stopped_at !== null && (
      <p class="small second">
        {words.stopped} <At at={of.stopped_at}>{when(of.stopped_at)}</At>
      </p>
    )}
  </>
);
