import { signal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import { keepHere, keptHere } from '../theme';

/** The palette and the help: whether each is open. Their code is loaded later. */
export const paletteShown = signal(false);
export const helpShown = signal(false);

/** The actions of the current page, for the palette. */
export interface PageAction {
  text: string;
  keyName?: string;
  go(): void;
}

export const pageActions = signal<readonly PageAction[]>([]);

/** Offers actions in the palette while the page is shown; they are computed again when `by` changes. */
export function usePageActions(actions: readonly PageAction[], by: readonly unknown[]): void {
  useLayoutEffect(() => {
    pageActions.value = actions;
    return () => {
      pageActions.value = [];
    };
  }, by);
}

/** Whether single keys act at once; stored on this device. */
export const singleKeys = signal(keptHere('keys') !== 'off');

export function setSingleKeys(on: boolean): void {
  singleKeys.value = on;
  keepHere('keys', on ? null : 'off');
}
