import type * as z from 'zod';
import { MODULES, type ModuleName } from '../kernel/modules';
import { optional } from './settingValues';

/** One environment variable. docs/settings.md, `.env.example` and the compose files are compared with the table of them by tests. */
export interface Setting {
  name: string;
  /** Default as documentation shows it; empty means unset. */
  fallback: string;
  means: string;
  schema: z.ZodType<unknown, string | undefined>;
  secret?: true;
  /** It belongs to a channel, which receives it by its name. */
  channel?: true;
  /** Only the compose files read it. The program ignores it, so a bad value cannot stop its start. */
  compose?: true;
  /** Its value in `.env.example`, with a placeholder that refuses the start until it is replaced. */
  example?: string;
}

export const PLACEHOLDER = '<CHANGE_ME>';

export const setting = (name: string, schema: Setting['schema'], fallback: string, means: string): Setting => ({
  name,
  schema,
  fallback,
  means,
});
export const secret = (name: string, schema: Setting['schema'], fallback: string, means: string): Setting => ({
  ...setting(name, schema, fallback, means),
  secret: true,
});
export const forCompose = (name: string, fallback: string, means: string): Setting => ({
  ...setting(name, optional, fallback, means),
  compose: true,
});
/** Listed in `.env.example`, because the containers need it or are of little use without it. */
export const toFillIn = (of: Setting, example = PLACEHOLDER): Setting => ({ ...of, example });
export const perModule = (make: (module: ModuleName) => Setting): Setting[] => MODULES.map(make);
export const port = (container: string, name: string, number: number): Setting =>
  forCompose(name, String(number), `Port of ${container} on this machine (compose)`);
export const servicePort = (container: string, name: string, number: number): Setting => {
  const one = port(container, name, number);
  return { ...one, means: `${one.means}, or a range such as 8101-8109 to run several` };
};
