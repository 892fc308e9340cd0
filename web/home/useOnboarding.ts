import { signal } from '@preact/signals';
import { type Ports, ports } from '../ports';
import { me } from '../session';
import { keepHere, keptHere } from '../theme';
import { useQuery } from '../useQuery';

/** What the server says of each step of the guide; null is a step that cannot be looked up at the moment. */
export type Told = Awaited<ReturnType<Ports['gateway']['guide']>>;

const hidden = signal(keptHere('guide') === 'hidden');

export function hideGuide(): void {
  hidden.value = true;
  keepHere('guide', 'hidden');
}

/** Null while it is not known, hidden, or nothing is known to be left to do. */
export function useGuide(): Told | null {
  const told = useQuery(hidden.value ? null : `guide ${me.value?.username}`, () => ports.gateway.guide({}), {
    modules: ['alerts', 'oncall', 'gateway'],
  });
  if (hidden.value || !told.value) return null;
  return Object.values(told.value).some((step) => step?.done === false) ? told.value : null;
}
