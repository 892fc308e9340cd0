import { Client } from 'pg';

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;

export interface ListenOptions {
  url: string;
  channel: string;
  onNotify: (payload: string) => void;
  /** Called after every connect and reconnect. Notifications sent in between are lost, so read the table once. */
  onConnect?: () => void;
  log?: (level: 'info' | 'warn' | 'error', message: string, fields?: object) => void;
}

export interface Listener {
  stop(): Promise<void>;
}

/** Listens on one channel with its own connection, and reconnects until it is stopped. Backs off from 100 ms to 5 s. */
export function listen({ url, channel, onNotify, onConnect, log }: ListenOptions): Listener {
  let stopped = false;
  let backoffMs = FIRST_BACKOFF_MS;
  let retry: NodeJS.Timeout | undefined;
  let current: Client | undefined;

  const again = () => {
    if (stopped) return;
    retry = setTimeout(() => void open(), backoffMs).unref();
    backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
  };
  const open = async () => {
    const client = new Client({
      connectionString: url,
      application_name: `tocsin listen ${channel}`,
      connectionTimeoutMillis: 3_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    current = client;
    // Both `error` and `end` can fire, and the connect can fail: retry once for each lost connection.
    let lost = false;
    const lose = () => {
      if (lost) return;
      lost = true;
      void client.end().catch(() => {});
      again();
    };
    client.on('error', lose);
    client.on('end', lose);
    client.on('notification', ({ payload }) => onNotify(payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
    } catch (error) {
      if (backoffMs === LONGEST_BACKOFF_MS)
        log?.('warn', 'Cannot listen on the database.', { channel, error: String(error) });
      lose();
      return;
    }
    if (lost || stopped) return;
    backoffMs = FIRST_BACKOFF_MS;
    onConnect?.();
  };

  void open();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(retry);
      await current?.end().catch(() => {});
    },
  };
}
