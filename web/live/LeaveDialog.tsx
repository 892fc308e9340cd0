import { parts } from '../text/parts';
import { Dialog } from '../ui/dialog';

const { leave: words } = parts;

/** Asks before typed input is lost. */
export const LeaveDialog = ({ onStay, onLeave }: { onStay(): void; onLeave(): void }) => (
  <Dialog title={words.title} verb={words.go} cancel={words.stay} danger onClose={onStay} onSubmit={onLeave}>
    <p class="second">{words.text}</p>
  </Dialog>
);
