export const newIncident = {
  title: 'New incident',
  verb: 'Create incident',
  what: 'Title',
  whatHint: 'Card payments fail in the app',
  service: 'Service',
  serviceHint: 'The team that owns it is paged.',
  severity: 'Severity',
  assignee: 'Assignee',
  assigneeHint: 'Empty: the person on call.',
  created: (title: string) => `Incident created: ${title}`,
};
