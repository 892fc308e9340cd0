import { provision } from '../kernel/db/pool';

/** The five modules and the database names they have in production. */
export const MODULES = ['alerts', 'incidents', 'oncall', 'notify', 'gateway'] as const;
export type Module = (typeof MODULES)[number];

/** How workers find the run's server: the environment is what jest hands down to them. */
export const ADMIN_URL = 'TOCSIN_TEST_POSTGRES_URL';

export const templateOf = (module: string): string => `template_${module}`;
export const roleOf = (module: string): string => `tocsin_${module}`;
export const passwordOf = (module: string): string => `password of ${module}`;

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
