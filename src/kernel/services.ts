import * as z from 'zod';

/** What modules answer about services they have seen, so that the gateway can list all of them. */

/** Most names that one module lists. */
export const MOST_SERVICES = 5_000;
/** Most services that are asked about at once. */
export const SERVICES_AT_ONCE = 1_000;

export const ServicesAsked = z.object({ services: z.array(z.string().max(255)).max(SERVICES_AT_ONCE) });

/** Asks a module for the names of the services it has seen: those that contain `q`, in order of name. */
export const serviceNamesOperation = <const M extends string>(module: M) =>
  ({
    summary: 'Names of services that this module has seen, in order; at most 5,000',
    method: 'GET',
    path: `/internal/${module}/service-names`,
    access: 'internal',
    quiet: true,
    input: z.object({ q: z.string().max(255).trim().toLowerCase().default('') }),
    output: z.object({ names: z.array(z.string()) }),
  }) as const;
