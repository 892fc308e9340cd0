import { signal } from '@preact/signals';

/** Opens the dialog for a new incident; its known values are filled in. */
export const creating = signal<{ service?: string } | null>(null);
