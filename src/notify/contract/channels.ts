/** Written by scripts/environment.ts from the list in src/notify/channels/index.ts. */
export const CHANNELS = ['mock', 'webhook', 'email', 'slack', 'sms', 'voice', 'webpush', 'ntfy', 'telegram'] as const;
