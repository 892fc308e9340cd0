import * as z from 'zod';
import { MODULES, type ModuleName } from '../kernel/modules';

/** How the text of an environment variable becomes a value. An absent variable takes the default. */

export const optional = z.string().optional();
export const url = z.url({ error: 'must be a URL' }).optional();
export const whole = (fallback: number, min: number, max: number) =>
  z.coerce.number<string | undefined>({ error: 'must be a whole number' }).int().min(min).max(max).default(fallback);
export const decimal = (fallback: number, min: number, max: number) =>
  z.coerce.number<string | undefined>({ error: 'must be a number' }).min(min).max(max).default(fallback);
export const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default(fallback ? 'true' : 'false')
    .transform((value) => value === 'true');
export const list = z
  .string()
  .optional()
  .transform((value) =>
    (value ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
export const roomOn = (channels: readonly string[] | 'any') =>
  z
    .string()
    .regex(
      channels === 'any' ? /^[^:]+:.+$/ : new RegExp(`^(${channels.join('|')}):.+$`),
      'must be channel:address, such as slack:ops-team',
    )
    .optional();

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A span such as `60m`, `90s`, `2h` or `1d`; a bare number counts minutes. Returns milliseconds. */
export const span = (fallback: string) =>
  z
    .string()
    .regex(/^\d{1,6}\s*[smhd]?$/, 'must be a span such as 90s, 60m or 2h')
    .default(fallback)
    .transform((value) => Number.parseInt(value, 10) * (UNIT_MS[value.slice(-1)] ?? 60_000));

export const MODES = z
  .string()
  .default('monolith')
  .transform((value) => value.split(',').map((item) => item.trim()))
  .refine(
    (names) => (names.length === 1 && names[0] === 'monolith') || names.every((n) => MODULES.includes(n as ModuleName)),
    {
      message: `must be monolith, or one or more of ${MODULES.join(', ')}`,
    },
  );

export const users = list.refine(
  (items) => items.every((item) => /^[^:]+:.+$/.test(item)),
  'must be user:password pairs, separated by commas',
);
