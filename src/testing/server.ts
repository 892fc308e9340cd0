import { provision } from '../kernel/db/pool';
import { MODULES } from '../kernel/modules';

/** The environment variable with the server URL; jest passes the environment to its workers. */
export const ADMIN_URL = 'TOCSIN_TEST_POSTGRES_URL';

/** The name of a module's template database. */
export const templateOf = (module: string): string => `template_${module}`;
/** The database role of a module. */
export const roleOf = (module: string): string => `tocsin_${module}`;
/** The password of a module's role. */
export const passwordOf = (module: string): string => `password of ${module}`;

/** Creates the roles and template databases of all modules; returns their URLs. */
export function provisionTemplates(adminUrl: string): Promise<Record<string, string>> {
  return provision({
    adminUrl,
    databases: MODULES.map((module) => ({
      module,
      database: templateOf(module),
      role: roleOf(module),
      password: passwordOf(module),
    })),
  });
}
