import { useState } from 'preact/hooks';
import type { Incident } from '../../src/incidents/contract';
import { isLive } from '../live/connection';
import { incidents as words } from '../text/incidents';
import { shell } from '../text/shell';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { AreaField } from '../ui/field';
import { moveAll } from './incidentActions';

interface BulkProps {
  chosen: number;
  act(to: 'acknowledged' | 'resolved'): void;
  onClear(): void;
}

/** What may be done with the rows that are chosen. */
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

export function ResolveAll({ of, onClose }: { of: readonly Incident[]; onClose(done: boolean): void }) {
  const [busy, setBusy] = useState(false);
  return (
    <Dialog
      title={words.resolveAll(of.length)}
      verb={words.resolveVerb(of.length)}
      cancel={words.keepOpen}
      busy={busy}
      onClose={() => onClose(false)}
      onSubmit={async (form) => {
        setBusy(true);
        await moveAll(of, 'resolved', String(form.get('note') ?? '').trim());
        onClose(true);
      }}
    >
      <p class="second">{words.resolveAllText}</p>
      <AreaField label={words.noteLabel} name="note" optional placeholder={words.noteHint} maxLength={5000} rows={2} />
    </Dialog>
  );
}
