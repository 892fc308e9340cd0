import { type LedgerInput, type Line, line } from './input';

export function linesOfJobs({ tables: { jobs, setAside } }: LedgerInput): Line[] {
  return [
    line(
      'due jobs that did not run',
      jobs.filter(({ due }) => due).length,
      jobs
        .filter(({ due }) => due)
        .map(
          ({ module, kind, failures, last_error }) =>
            `${module}: ${kind} is due after ${failures} failures (${last_error})`,
        ),
    ),
    line(
      'jobs given up',
      jobs.filter((job) => job.given_up).length,
      jobs.filter((job) => job.given_up).map(({ module, kind, last_error }) => `${module}: ${kind}: ${last_error}`),
    ),
    line(
      'events set aside',
      setAside.length,
      setAside.map(({ module, error }) => `${module}: ${error}`),
    ),
  ];
}
