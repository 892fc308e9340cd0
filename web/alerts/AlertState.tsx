import type { Alert } from '../../src/alerts/contract';
import { Badge } from '../ui/marks';
import { alerts as words } from '../words/alerts';

/** Whether the condition still holds: a word; what is over is quiet. */
export const AlertState = ({ of }: { of: Alert['status'] }) => (
  <Badge tone={of === 'firing' ? 'warn' : undefined}>{words.status[of]}</Badge>
);
