import { count, plural } from './parts';

/** The words of alerts that rules hold. */
export const holds = {
  waiting: 'Waiting',
  progress: (seen: number, of: number, minutes: number) => `${count(seen)} of ${count(of)} in ${minutes} min`,
  threshold: (rule: string, of: number, minutes: number) =>
    `Rule ${rule} waits for ${count(of)} ${plural(of, 'report')} in ${minutes} min`,
  soFar: (seen: number) => `${count(seen)} so far`,
  reached: (rule: string, of: number, minutes: number) =>
    `Rule ${rule} waited for ${count(of)} ${plural(of, 'report')} in ${minutes} min, until`,
  delay: (rule: string) => `Rule ${rule} waits until`,
  delayed: (rule: string) => `Rule ${rule} waited until`,
  pages: 'No one is paged before that.',
};
