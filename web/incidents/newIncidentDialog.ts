import { signal } from '@preact/signals';

/** Set to open the dialog that makes an incident, with what is known already. */
export const creating = signal<{ service?: string } | null>(null);
