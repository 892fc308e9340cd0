import type { FORMATS } from '../contract';
import { readAlertmanager } from './alertmanager';
import type { AlertEvent } from './event';

/** @throws Problem `invalid` naming the field, for a payload that is not of this format */
export type ReadFormat = (payload: unknown) => AlertEvent[];

/** Every format we understand. A new one is a new file and a line here. */
export const formats: Record<(typeof FORMATS)[number], ReadFormat> = { alertmanager: readAlertmanager };
