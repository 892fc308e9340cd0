import { conflictWords as words } from '../text/conflict';
import { Button } from '../ui/button';
import { Banner } from '../ui/card';
import type { DraftState } from './useDraft';

/** Shown if two people edited the same thing: the differences, and a choice of which version to keep. */
interface ConflictProps<D> {
  editing: Pick<DraftState<D>, 'theirs' | 'takeTheirs' | 'keepMine' | 'busy'>;
  differs: string;
  onSaved(): void;
}

export function Conflict<D>({ editing, differs, onSaved }: ConflictProps<D>) {
  if (editing.theirs === null) return null;
  const keep = async () => {
    if (await editing.keepMine()) onSaved();
  };
  return (
    <Banner
      tone="bad"
      action={
        <span class="acts">
          <Button small onClick={editing.takeTheirs}>
            {words.takeTheirs}
          </Button>
          <Button small busy={editing.busy} onClick={() => void keep()}>
            {words.keepMine}
          </Button>
        </span>
      }
    >
      {words.meanwhile(differs)}
    </Banner>
  );
}
