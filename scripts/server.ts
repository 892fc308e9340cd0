import { NO_CHANNELS, settingsOf } from '../src/config/settings';

export const DEFAULT_PORT = settingsOf(NO_CHANNELS).find(({ name }) => name === 'PORT')?.fallback;

/** The URL of the running server for a script: URL, else the address of a server with default settings. */
export const SERVER_URL = (process.env['URL'] ?? `http://localhost:${DEFAULT_PORT}`).replace(/\/+$/, '');
