import { count, plural } from './parts';

/** The correlation window of a service. */
export const serviceWindow = {
  title: 'Correlation window',
  change: 'Change',
  usual: 'The usual window of this installation (CORRELATION_WINDOW_MINUTES).',
  own: (minutes: number) =>
    `After ${count(minutes)} ${plural(minutes, 'minute')} without an alert, the next one opens a new incident.`,
  dialog: (service: string) => `Correlation window of ${service}`,
  verb: 'Save',
  field: 'Minutes without an alert before the next one opens a new incident',
  hint: 'Empty: the usual window. The window of a rule comes first.',
  saved: 'The window is saved',
};
