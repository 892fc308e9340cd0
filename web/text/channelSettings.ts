/** The words of the dialog that sets a channel up. */
export const channelSettings = {
  open: 'Set up',
  title: (name: string) => `How does ${name} work here?`,
  verb: 'Save settings',
  text: 'Changes count at once, without a restart. Secrets are stored encrypted and never shown again.',
  fromEnvironment: 'Set by the environment',
  isSet: 'set',
  environmentHint: 'The environment wins. To change one of these here, remove it there first and restart the server.',
  keep: 'A value is stored. Empty keeps it.',
  remove: (name: string) => `Delete the stored ${name}`,
  problem: {
    lost: 'It cannot be read, because SECRET_KEY has changed. Set it again.',
    invalid: 'The stored value cannot be used. Set it again.',
  },
  standard: (value: string) => `Default: ${value}`,
  inbound: 'Webhook URL for answers and receipts',
  inboundHint: 'Give this address to the provider.',
  saved: (name: string) => `The settings of ${name} are saved`,
  unchanged: 'Nothing changed',
};
