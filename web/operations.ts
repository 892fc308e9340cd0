import { alertsContract } from '../src/alerts/contract';
import { gatewayContract } from '../src/gateway/contract';
import { incidentsContract } from '../src/incidents/contract';
import type { Access, Contract, Method } from '../src/kernel/ports/contract';
import { notifyContract } from '../src/notify/contract';
import { oncallContract } from '../src/oncall/contract';

/**
 * How each thing is asked for, read off the contracts. The build runs this file and ships what it answers, not what it
 * imports: the browser gets a table and no zod (scripts/page.ts). Nothing else in web/ may import a contract's value.
 */
export type Asked = readonly [method: Method, path: string, access: Access];

const tableOf = (contract: Contract): Record<string, Asked> =>
  Object.fromEntries(
    Object.entries(contract)
      .filter(([, { access }]) => access !== 'internal')
      .map(([name, { method, path, access }]): [string, Asked] => [name, [method, path, access]]),
  );

export const operations: Record<string, Record<string, Asked>> = {
  alerts: tableOf(alertsContract),
  incidents: tableOf(incidentsContract),
  oncall: tableOf(oncallContract),
  notify: tableOf(notifyContract),
  gateway: tableOf(gatewayContract),
};
