import { signal } from '@preact/signals';

/** The key of the integration that was made last: kept in this page's memory, until one goes on to another. */
export const justMade = signal<{ id: string; key: string; url: string } | null>(null);
