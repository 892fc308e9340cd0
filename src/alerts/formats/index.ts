import { alertmanager } from './alertmanager';

/** Every format that an integration can have, in the order in which the page offers them. */
export const FORMATS = [alertmanager] as const;
