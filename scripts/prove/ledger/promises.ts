import { type Facts, type Line, line } from './facts';

export function linesOfPromises({ tables: { jobs, setAside } }: Facts): Line[] {
  return [
    line(
      'promises due and not kept',
      jobs.filter(({ due }) => due).length,
      jobs
        .filter(({ due }) => due)
        .map(
          ({ module, kind, failures, last_error }) =>
            `${module}: ${kind} is due after ${failures} failures (${last_error})`,
        ),
    ),
    line(
      'promises given up',
      jobs.filter((job) => job.given_up).length,
      jobs.filter((job) => job.given_up).map(({ module, kind, last_error }) => `${module}: ${kind}: ${last_error}`),
    ),
    line(
      'facts put aside',
      setAside.length,
      setAside.map(({ module, error }) => `${module}: ${error}`),
    ),
  ];
}
