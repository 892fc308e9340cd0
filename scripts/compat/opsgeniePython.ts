import { when } from '../real/questions';
import type { Client } from './client';

const SCRIPT = `
import sys
import opsgenie_sdk
host, key, act = sys.argv[1:]
configuration = opsgenie_sdk.Configuration()
configuration.host = host
configuration.api_key['Authorization'] = key
api = opsgenie_sdk.AlertApi(opsgenie_sdk.ApiClient(configuration))
alias = 'python/disk'
if act == 'create':
    body = opsgenie_sdk.CreateAlertPayload(message='Disk full (python)', alias=alias, entity='og-python', priority='P1', details={'rack': '7'}, tags=['prod'])
    made = api.create_alert(create_alert_payload=body)
    print(made.result, made.retrieve_result().data.is_success)
    alert = api.get_alert(identifier=alias, identifier_type='alias').data
    print(alert.priority, alert.status, alert.details['rack'])
    api.update_alert_message(identifier=alias, identifier_type='alias', update_alert_message_payload=opsgenie_sdk.UpdateAlertMessagePayload(message='Disk fuller (python)'))
    api.add_tags(identifier=alias, identifier_type='alias', add_tags_to_alert_payload=opsgenie_sdk.AddTagsToAlertPayload(tags=['storage']))
    print(sorted(api.get_alert(identifier=alias, identifier_type='alias').data.tags), len(api.list_alerts(limit=10, query='status: open').data), api.count_alerts().data.count)
    print([log.log for log in api.list_logs(identifier=alias, identifier_type='alias').data][-1])
else:
    print(api.close_alert(identifier=alias, identifier_type='alias', close_alert_payload=opsgenie_sdk.CloseAlertPayload(user='maria')).result)
`;

export const opsgeniePython: Client = {
  name: 'opsgenie-sdk 2.1.5 (PyPI)',
  needs: { from: 'pypi', packages: ['opsgenie-sdk==2.1.5'] },
  async run({ url, folder, integration, check, questions, execute }) {
    const { key } = await integration('opsgenie', 'og python');
    const run = (act: string) => execute('python3', ['-c', SCRIPT, url, key, act], { PYTHONPATH: folder });
    const printed = await run('create');
    await check('opsgenie-sdk (PyPI) creates, polls its request, reads, changes and lists', async () => {
      const parts = ['Request will be processed True', 'P1 open 7', "['prod', 'storage'] 1 1", 'Alert created'];
      return when(parts.every((part) => printed.includes(part)));
    });
    await check('its alert opens a critical incident, whose title follows the changed message', async () => {
      const [one] = await questions.incidents('og-python');
      return when(one?.severity === 'critical' && one.title.includes('Disk fuller (python)'));
    });
    await run('close');
    await check('its close ends the incident', async () =>
      when((await questions.incidents('og-python')).every(({ status }) => status === 'resolved')),
    );
  },
};
