import { when } from '../real/questions';
import type { Client } from './client';

const SCRIPT = `
const [folder, host, api_key] = process.argv.slice(1);
const opsgenie = require(folder + '/node_modules/opsgenie-sdk');
opsgenie.configure({ host, api_key });
const call = (name, ...args) =>
  new Promise((resolve, reject) =>
    opsgenie.alertV2[name](...args, (error, answer) => (error ? reject(new Error(JSON.stringify(error))) : resolve(answer))),
  );
const by = { identifier: 'node/disk', identifierType: 'alias' };
// The client does not encode identifiers.
const encoded = { ...by, identifier: encodeURIComponent(by.identifier) };
(async () => {
  const made = await call('create', { message: 'Disk full (node)', alias: by.identifier, entity: 'og-node', priority: 'P2', tags: ['prod'], details: { rack: 7 } });
  const { data: status } = await call('getRequestStatus', made.requestId);
  const { data: alert } = await call('get', encoded);
  const { data: list } = await call('list', { query: 'status: open', limit: 5 });
  await call('acknowledge', encoded, { user: 'maria' });
  await call('addNote', encoded, { note: 'A note (node)', user: 'maria' });
  const { data: notes } = await call('listAlertNotes', encoded, { limit: 5 });
  const closed = process.env.CLOSE ? await call('close', encoded, { note: 'Replaced' }) : null;
  console.log(JSON.stringify([status.success, status.alertId === alert.id, alert.priority, alert.tinyId.length > 0, list.length, notes[0].note, closed && closed.result]));
})().catch((error) => { console.error(error); process.exit(1); });
`;

export const opsgenieNode: Client = {
  name: 'opsgenie-sdk 0.5.1 (npm)',
  needs: { from: 'npm', package: 'opsgenie-sdk@0.5.1' },
  async run({ url, folder, integration, check, questions, execute }) {
    const { key } = await integration('opsgenie', 'og node');
    const run = (env: Record<string, string> = {}) => execute(process.execPath, ['-e', SCRIPT, folder, url, key], env);
    const printed = await run();
    await check('opsgenie-sdk (npm) creates, asks for its request, reads, lists, acknowledges and notes', async () =>
      when(printed.includes('[true,true,"P2",true,1,"A note (node)",null]')),
    );
    await check('its alert opens an incident of high severity, which its acknowledgement acknowledges', async () => {
      const [one] = await questions.incidents('og-node');
      return when(one?.severity === 'high' && one.status === 'acknowledged');
    });
    await run({ CLOSE: 'yes' });
    await check('its close ends the incident', async () => {
      const [one] = await questions.incidents('og-node');
      return when(one?.status === 'resolved');
    });
  },
};
