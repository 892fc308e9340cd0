export const push = {
  enable: 'Enable push on this device',
  enabled: 'Push is enabled on this device.',
  waiting: 'Waiting for the test message on this device.',
  notArrived:
    'The test message did not arrive within a minute. Check that your system shows notifications of this browser, then try again.',
  refused: 'The browser did not allow notifications. Allow them in its settings for this site, then try again.',
  failed: 'The browser could not subscribe. Its push service may be blocked by your network.',
  thisDevice: 'This device',
  reasons: {
    insecure: 'Push needs https. Open Tocsin by its https address.',
    install:
      'On an iPhone or iPad, add Tocsin to the home screen first (Share → Add to Home Screen), and open it from there.',
    unsupported: 'This browser cannot receive push messages.',
    denied:
      'Notifications are blocked for this site. Allow them in the settings of the browser, then load the page again.',
    unconfigured: 'Push has no key yet. An administrator can see why under Admin → Channels.',
  },
};
