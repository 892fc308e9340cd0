import type { Touch } from '../useQuery';

/** What an alert is shown with comes from alerts, and once it is attached from incidents. */
export const CONCERNS: Touch = {
  modules: ['alerts', 'incidents'],
  by: ({ module, kind }) => module === 'alerts' || kind === 'incident_created' || kind === 'alerts_correlated',
};
