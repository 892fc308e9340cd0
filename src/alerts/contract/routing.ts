/** Where an alert goes, as incidents gets it. */
export type { AlertRouting } from '../../incidents/contract';
