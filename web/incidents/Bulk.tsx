import type { Incident } from '../../src/incidents/contract';
import { isLive } from '../live/connection';
import { FormDialog, textIn } from '../live/forms';
import { incidents as words } from '../text/incidents';
import { shell } from '../text/shell';
import { Button } from '../ui/button';
import { moveAll } from './incidentActions';

interface BulkProps {
  chosen: number;
  act(to: 'acknowledged' | 'resolved'): void;
  onClear(): void;
}

/** The actions on the selected rows. */
export function Bulk({ chosen, act, onClear }: BulkProps) {
  const waits = !isLive.value && shell.waits;
  return (
    <div class="bulk" role="region" aria-label={words.selected(chosen)}>
      <strong class="nowrap">{words.selected(chosen)}</strong>
      <Button small onClick={() => act('acknowledged')} disabled={waits}>
        {words.acknowledge}
      </Button>
      <Button small onClick={() => act('resolved')} disabled={waits}>
        {words.resolve}
      </Button>
      <Button quiet small icon="x" label={words.clearSelection} onClick={onClear} />
    </div>
  );
}

interface ResolveAllProps {
  of: readonly Incident[];
  onResolved(): void;
  onClose(): void;
}

/** The dialog that resolves the selected incidents, with one note for all. */
export const ResolveAll = ({ of, onResolved, onClose }: ResolveAllProps) => (
  <FormDialog
    title={words.resolveAll(of.length)}
    verb={words.resolveVerb(of.length)}
    cancel={words.keepOpen}
    text={words.resolveAllText}
    onClose={onClose}
    act={async (form) => {
      await moveAll(of, 'resolved', textIn(form, 'note'));
      onResolved();
    }}
    fields={[
      {
        ...{ kind: 'area', name: 'note', label: words.noteLabel, placeholder: words.noteHint },
        ...{ optional: true, maxLength: 5000, rows: 2 },
      },
    ]}
  />
);
