import { alertmanager } from './alertmanager';
import { prometheus } from './prometheus';

/** Every format that an integration can have, in the order in which the page offers them. */
export const FORMATS = [alertmanager, prometheus] as const;
