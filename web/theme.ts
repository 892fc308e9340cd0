import { signal } from '@preact/signals';

/** Theme and density. Stored on this device; first.js applies them before the first drawing. */
export type Theme = 'system' | 'light' | 'dark';

const kept = (name: string): string | null => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};

export function keepHere(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Storage is disabled: the choice lasts until the page is left.
  }
}

export const keptHere = kept;
const isTheme = (text: string | null): text is Theme => text === 'light' || text === 'dark';
const first = kept('theme');
export const theme = signal<Theme>(isTheme(first) ? first : 'system');

export function setTheme(to: Theme): void {
  theme.value = to;
  if (to === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = to;
  keepHere('theme', to === 'system' ? null : to);
}

export type Density = 'comfortable' | 'compact';
export const density = signal<Density>(kept('density') === 'compact' ? 'compact' : 'comfortable');

export function setDensity(to: Density): void {
  density.value = to;
  if (to === 'compact') document.documentElement.dataset['density'] = to;
  else delete document.documentElement.dataset['density'];
  keepHere('density', to === 'compact' ? to : null);
}
