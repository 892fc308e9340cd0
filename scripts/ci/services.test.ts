import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { servicesFile } from './services';

const COMPOSE = readFileSync(join(__dirname, '../../docker-compose.split.yml'), 'utf8');

test('the list of services for bash has each module with its service, port and database', () => {
  const text = servicesFile(COMPOSE);
  expect(text).toContain(
    'SERVICES=(notification-service oncall-service incident-management alert-ingestion api-gateway)',
  );
  expect(text).toContain('[alert-ingestion]=8001 ');
  expect(text).toMatch(/SERVERS=\(.*\[gateway\]=alert-db\)/);
  expect(text).toMatch(/DATABASE_OF=\(.*\[oncall\]=oncall_db /);
});

test('a compose file without a service, its port or its database is refused', () => {
  expect(() => servicesFile(COMPOSE.replace('  oncall-service:', '  other:'))).toThrow('no service oncall-service');
  expect(() => servicesFile(COMPOSE.replace('PORT: 8002', 'PORT: none'))).toThrow('incident-management no PORT');
  expect(() => servicesFile(COMPOSE.replace('ALERTS_DATABASE_URL', 'OTHER_URL'))).toThrow('alert-ingestion no PORT');
});
