import type { FunctionComponent } from 'preact';
import type { PageName } from './routes';

/** Each page is loaded when it is first opened. A page of ROUTES that is missing here does not compile. */
export const PAGES: Record<PageName | 'ui', () => Promise<FunctionComponent>> = {
  home: async () => (await import('./home/HomePage')).HomePage,
  login: async () => (await import('./account/LoginPage')).LoginPage,
  setup: async () => (await import('./account/SetupPage')).SetupPage,
  incidents: async () => (await import('./incidents/IncidentsPage')).IncidentsPage,
  incident: async () => (await import('./incidents/IncidentPage')).IncidentPage,
  teamCalendar: async () => (await import('./oncall/calendar/CalendarPage')).CalendarPage,
  teamPolicy: async () => (await import('./oncall/policy/PolicyPage')).PolicyPage,
  teamRotation: async () => (await import('./oncall/schedule/EditorPage')).EditorPage,
  coverage: async () => (await import('./oncall/coverage/CoveragePage')).CoveragePage,
  shifts: async () => (await import('./oncall/shifts/ShiftsPage')).ShiftsPage,
  alerts: async () => (await import('./alerts/AlertsPage')).AlertsPage,
  alert: async () => (await import('./alerts/AlertPage')).AlertPage,
  oncall: async () => (await import('./oncall/OncallPage')).OncallPage,
  services: async () => (await import('./services/ServicesPage')).ServicesPage,
  service: async () => (await import('./services/ServicePage')).ServicePage,
  integrations: async () => (await import('./integrations/IntegrationsPage')).IntegrationsPage,
  integrationGallery: async () => (await import('./integrations/GalleryPage')).GalleryPage,
  newIntegration: async () => (await import('./integrations/NewIntegrationPage')).NewIntegrationPage,
  integration: async () => (await import('./integrations/IntegrationPage')).IntegrationPage,
  rules: async () => (await import('./rules/RulesPage')).RulesPage,
  silences: async () => (await import('./silences/SilencesPage')).SilencesPage,
  heartbeats: async () => (await import('./heartbeats/HeartbeatsPage')).HeartbeatsPage,
  heartbeat: async () => (await import('./heartbeats/HeartbeatPage')).HeartbeatPage,
  notifications: async () => (await import('./notify/NotificationsPage')).NotificationsPage,
  analytics: async () => (await import('./analytics/AnalyticsPage')).AnalyticsPage,
  account: async () => (await import('./account/AccountPage')).AccountPage,
  person: async () => (await import('./reach/PersonPage')).PersonPage,
  admin: async () => (await import('./admin/AdminPage')).AdminPage,
  // All parts in all states, for development: no route of the product (web/routes.ts), and not in the build.
  ui: async () => (import.meta.env.DEV ? (await import('./ui/PartsPage')).PartsPage : () => null),
};
