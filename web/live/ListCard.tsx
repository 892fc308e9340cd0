import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Card, Empty, Skeleton } from '../ui/card';
import { Pages, Search } from '../ui/navigation';
import type { Query } from '../useQuery';
import { ProblemBanner } from './problems';

/** The parts of each list: a search that waits for a pause in typing, its states and its pages. */

const PAUSE_MS = 250;

export interface LateSearchProps {
  label: string;
  hint: string;
  value: string;
  /** Called after a pause in typing. */
  onSettled(text: string): void;
}

export function LateSearch({ onSettled, ...rest }: LateSearchProps) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const typed = (text: string) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onSettled(text), PAUSE_MS);
  };
  return <Search {...rest} onInput={typed} />;
}

export interface ListingProps {
  title: string;
  asked: Pick<Query<unknown>, 'value' | 'problem' | 'again'>;
  /** The number of items on all pages. */
  total: number | undefined;
  /** The text of an empty list, with one next step. */
  none: { title: string; text: string };
  onward?: ComponentChildren;
  paging?: { page: number; perPage: number; href(page: number): string };
  rows?: number;
  children: ComponentChildren;
}

/** A list as a card: loading, refused, empty or filled. */
export function Listing({ title, asked, total, none, onward, paging, rows = 8, children }: ListingProps) {
  return (
    <>
      {asked.problem && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {(asked.value !== undefined || !asked.problem) && (
        <Card title={title} hideTitle footer={paging && total ? <Pages {...paging} total={total} /> : undefined}>
          {asked.value === undefined && <Skeleton rows={rows} />}
          {asked.value !== undefined && total === 0 && (
            <Empty title={none.title}>
              <p>{none.text}</p>
              {onward && <div class="acts">{onward}</div>}
            </Empty>
          )}
          {asked.value !== undefined && total !== 0 && children}
        </Card>
      )}
    </>
  );
}
