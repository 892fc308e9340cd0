import { signal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import { keepHere, keptHere } from '../theme';

/** What lies over every page, and whether it is asked for; the parts themselves come later. */
export const paletteShown = signal(false);
export const helpShown = signal(false);

/** What may be done on the page that is shown, as the palette offers it. */
export interface PageAction {
  text: string;
  keyName?: string;
  go(): void;
}

export const pageActions = signal<readonly PageAction[]>([]);

/** Offers these in the palette for as long as the page is shown; `by` says when they change. */
export function usePageActions(actions: readonly PageAction[], by: readonly unknown[]): void {
  useLayoutEffect(() => {
    pageActions.value = actions;
    return () => {
      pageActions.value = [];
    };
  }, by);
}

/** Whether single keys act at once; kept on this device. */
export const singleKeys = signal(keptHere('keys') !== 'off');

export function setSingleKeys(on: boolean): void {
  singleKeys.value = on;
  keepHere('keys', on ? null : 'off');
}
