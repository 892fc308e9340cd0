import { forCompose, perModule, port, type Setting, secret, servicePort, toFillIn } from './setting';
import { optional } from './settingValues';

/** Variables that only the compose files read: the databases, ports and images of the containers. */
export const COMPOSE_SETTINGS: readonly Setting[] = [
  forCompose('POSTGRES_USER', 'tocsin', 'Administrator of the Postgres containers (compose); not reachable by network'),
  toFillIn(
    secret(
      'POSTGRES_PASSWORD',
      optional,
      '',
      'Its password (compose); per-module passwords are derived from it unless given',
    ),
  ),
  ...perModule((m) => ({
    ...toFillIn(
      secret(
        `${m.toUpperCase()}_DB_PASSWORD`,
        optional,
        '',
        `Password of the database role of ${m} (compose, split), letters and digits; POSTGRES_PASSWORD unless given`,
      ),
    ),
    compose: true as const,
  })),
  forCompose('GRAFANA_ADMIN_USER', 'admin', 'First user of Grafana (compose)'),
  { ...toFillIn(secret('GRAFANA_ADMIN_PASSWORD', optional, '', 'Its password (compose)')), compose: true },
  servicePort('alert-ingestion', 'ALERT_INGESTION_PORT', 8001),
  servicePort('incident-management', 'INCIDENT_MANAGEMENT_PORT', 8002),
  servicePort('oncall-service', 'ONCALL_SERVICE_PORT', 8003),
  servicePort('notification-service', 'NOTIFICATION_SERVICE_PORT', 8004),
  servicePort('api-gateway or of the monolith', 'API_GATEWAY_PORT', 8080),
  port('web-ui', 'WEB_UI_PORT', 3001),
  port('prometheus', 'PROMETHEUS_PORT', 9090),
  port('grafana', 'GRAFANA_PORT', 3000),
  forCompose('NETWORK_PREFIX', '10.231.77', "First three numbers of the containers' network (compose, split)"),
  forCompose('IMAGE_TAG', 'latest', 'Tag of the images that are built and run (compose)'),
  forCompose(
    'NODE_IMAGE',
    'node:24-bookworm-slim',
    'Base image of the app and of builds (compose); a digest may follow',
  ),
  forCompose('NGINX_IMAGE', 'nginx:1.27-alpine', 'Base image of web-ui (compose, split); a digest may follow'),
  forCompose('POSTGRES_IMAGE', 'postgres:15-alpine', 'Image of the databases (compose); a digest may follow'),
  forCompose('PROMETHEUS_VERSION', 'v3.5.0', 'Tag of prom/prometheus (compose); a digest may follow'),
  forCompose('GRAFANA_VERSION', '12.1.1', 'Tag of grafana/grafana (compose); a digest may follow'),
];
