import type { Touch } from '../useQuery';

/** The events that change an alert: those of alerts, and those of the incident it is attached to. */
export const CONCERNS: Touch = {
  modules: ['alerts', 'incidents'],
  by: ({ module, kind }) => module === 'alerts' || kind === 'incident_created' || kind === 'alerts_correlated',
};
