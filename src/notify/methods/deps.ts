import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { Log } from '../../kernel/observe/observe';
import type { Caller, Service } from '../../kernel/ports/contract';
import type { Channels } from '../channels/open';
import type { NotifyContract } from '../contract';

/** What the functions of contact methods share. */
export interface MethodDeps {
  db: Db;
  clock: Clock;
  log: Log;
  channels: Channels;
  /** Keys the hashes of codes. */
  secretKey: string;
  /** Wakes the worker right after a commit. */
  poke: () => void;
}

/** Sends one message at once, as `POST /api/v1/notify` does; `methodId` is the contact method that it goes to, if any. */
export type SendNow = (
  input: Parameters<Service<NotifyContract>['notify']>[0],
  caller: Caller,
  methodId: string | null,
) => ReturnType<Service<NotifyContract>['notify']>;
