import { signal } from '@preact/signals';

/** The key of the last created integration, in the memory of this page until the viewer opens another. */
export const justMade = signal<{ id: string; key: string; url: string } | null>(null);
