import { signal } from '@preact/signals';
import { keepHere, keptHere } from '../theme';

/** What lies over every page, and whether it is asked for; the parts themselves come later. */
export const paletteShown = signal(false);
export const helpShown = signal(false);

/** Whether single keys act at once; kept on this device. */
export const singleKeys = signal(keptHere('keys') !== 'off');

export function setSingleKeys(on: boolean): void {
  singleKeys.value = on;
  keepHere('keys', on ? null : 'off');
}
