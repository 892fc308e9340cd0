/** The modules, lowest first: a module calls only those before it. */
export const MODULES = ['notify', 'oncall', 'incidents', 'alerts', 'gateway'] as const;
export type ModuleName = (typeof MODULES)[number];

/** The name of each module as a service: in `/health`, metrics, monitoring and the split compose. */
export const SERVICE_NAMES = {
  notify: 'notification-service',
  oncall: 'oncall-service',
  incidents: 'incident-management',
  alerts: 'alert-ingestion',
  gateway: 'api-gateway',
} as const satisfies Record<ModuleName, string>;
