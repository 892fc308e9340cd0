export const serviceDependencies = {
  title: 'Dependencies',
  dependsOn: 'Depends on',
  neededBy: 'Needed by',
  noUpstream: 'It depends on no other service.',
  noDependent: 'No other service depends on it.',
  grace: (seconds: number) => (seconds === 0 ? 'alerts do not wait for it' : `alerts wait ${seconds} s for it`),
  add: 'Add',
  remove: (service: string) => `Remove: ${service}`,
  adding: {
    title: (service: string) => `What does ${service} depend on?`,
    text: 'While the other service has an incident of high urgency that a person works on, alerts of this one page no one.',
    verb: 'Add dependency',
    service: 'Service',
    serviceHint: 'As alerts name it, such as database',
    grace: 'Wait, in seconds',
    graceHint:
      'An alert of this service waits for an incident of the other one before it pages, because dependents often report first.',
    done: (service: string, upstream: string) => `${service} depends on ${upstream}`,
  },
  removing: {
    title: (service: string, upstream: string) => `Remove ${upstream} from the dependencies of ${service}?`,
    text: (service: string, upstream: string) =>
      `Alerts of ${service} that an incident of ${upstream} mutes are decided again.`,
    verb: 'Remove dependency',
    done: (service: string, upstream: string) => `${service} no longer depends on ${upstream}`,
  },
};
