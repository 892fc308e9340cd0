import { alertsContract } from '../src/alerts/contract';
import { gatewayContract } from '../src/gateway/contract';
import { incidentsContract } from '../src/incidents/contract';
import type { Access, Contract, Method } from '../src/kernel/ports/contract';
import { notifyContract } from '../src/notify/contract';
import { oncallContract } from '../src/oncall/contract';

/**
 * Method and path of each operation, from the contracts. The build runs this file and ships its result, not its
 * imports: the browser gets a table without zod (scripts/page.ts). No other file of web/ may import a contract's value.
 */
/** Without an access, viewers may use it. */
export type Asked = readonly [method: Method, path: string, access?: Access];

const tableOf = (contract: Contract): Record<string, Asked> =>
  Object.fromEntries(
    Object.entries(contract)
      .filter(([, { access }]) => access !== 'internal')
      .map(([name, { method, path, access }]): [string, Asked] => [
        name,
        access === 'viewer' ? [method, path] : [method, path, access],
      ]),
  );

export const operations: Record<string, Record<string, Asked>> = {
  alerts: tableOf(alertsContract),
  incidents: tableOf(incidentsContract),
  oncall: tableOf(oncallContract),
  notify: tableOf(notifyContract),
  gateway: tableOf(gatewayContract),
};
