import { signal } from '@preact/signals';
import { type Ports, ports } from '../ports';
import { me } from '../session';
import { keepHere, keptHere } from '../theme';
import { useQuery } from '../useQuery';

/** The state of each step of the guide, by the server; null if it cannot be checked now. */
export type Told = Awaited<ReturnType<Ports['gateway']['guide']>>;

const hidden = signal(keptHere('guide') === 'hidden');

export function hideGuide(): void {
  hidden.value = true;
  keepHere('guide', 'hidden');
}

/** Null while it is unknown, if it is hidden, or if every step is done. */
export function useGuide(): Told | null {
  const guide = useQuery(hidden.value ? null : `guide ${me.value?.username}`, () => ports.gateway.guide({}), {
    modules: ['alerts', 'oncall', 'notify', 'gateway'],
  });
  if (hidden.value || !guide.value) return null;
  return Object.values(guide.value).some((step) => step?.done === false) ? guide.value : null;
}
