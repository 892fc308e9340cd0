import { change, changingOne, done } from './opsgenieActions';
import { refuseField } from './opsgenieAnswers';
import { newMessageOf } from './opsgenieCreate';
import { descriptionOf, detailsOf, nameIn, noteOf, priorityOf, respondersOf, tagsOf } from './opsgenieFields';
import { clip, isRecord, textOf } from './read';
import { severityOf } from './severity';

/** Notes, tags, details, responders, custom actions, and changes of message, description and priority. */

const CLOSED_TOO = { closed: true };

export const addNote = changingOne(
  'AddNote',
  async (asked) => {
    if (noteOf(asked.body) === undefined) return refuseField('note', 'Must be a text');
    await change(asked, 'Note added');
    return done('Added note');
  },
  CLOSED_TOO,
);

export const addTags = changingOne(
  'AddTags',
  async (asked) => {
    const tags = tagsOf(asked.body['tags']);
    if (tags.length === 0) return refuseField('tags', 'Must be a list of texts');
    await change(asked, `Tags added: ${tags.join(', ')}`, (fields) => ({ tags: tagsOf([...fields.tags, ...tags]) }));
    return done('Added tags');
  },
  CLOSED_TOO,
);

export const removeTags = changingOne(
  'RemoveTags',
  async (asked) => {
    const tags = tagsOf(asked.request.query['tags']);
    if (tags.length === 0) return refuseField('tags', 'Must be a list of tags, separated by commas');
    await change(asked, `Tags removed: ${tags.join(', ')}`, (fields) => ({
      tags: fields.tags.filter((tag) => !tags.includes(tag)),
    }));
    return done('Removed tags');
  },
  CLOSED_TOO,
);

export const addDetails = changingOne(
  'AddDetails',
  async (asked) => {
    const details = detailsOf(asked.body['details']);
    if (!isRecord(asked.body['details'])) return refuseField('details', 'Must be an object');
    await change(asked, `Details added: ${Object.keys(details).join(', ')}`, (fields) => ({
      details: detailsOf({ ...fields.details, ...details }),
    }));
    return done('Added details');
  },
  CLOSED_TOO,
);

export const removeDetails = changingOne(
  'RemoveDetails',
  async (asked) => {
    const keys = tagsOf(asked.request.query['keys']);
    if (keys.length === 0) return refuseField('keys', 'Must be a list of keys, separated by commas');
    await change(asked, `Details removed: ${keys.join(', ')}`, (fields) => ({
      details: Object.fromEntries(Object.entries(fields.details).filter(([key]) => !keys.includes(key))),
    }));
    return done('Removed details');
  },
  CLOSED_TOO,
);

/** Responders and teams are kept and shown; the policy of the service decides who is paged. */
const addsResponders = (action: string, field: 'responder' | 'team') =>
  changingOne(action, async (asked) => {
    const [responder] = respondersOf(asked.body[field]);
    if (responder === undefined) return refuseField(field, 'Must name a user or a team');
    const text = `Responder asked for: ${responder.type} ${nameIn(responder)}`;
    await change(asked, text, (fields) => ({ responders: [...fields.responders, responder].slice(-50) }), [text]);
    return done(field === 'team' ? 'Added team' : 'Added responder');
  });

export const addResponder = addsResponders('AddResponder', 'responder');
export const addTeam = addsResponders('AddTeam', 'team');

export const executeAction = changingOne('ExecuteCustomAction', async (asked) => {
  const text = `Action ${clip(asked.request.params['name'] ?? '', 100)} executed`;
  await change(asked, text, undefined, [`${asked.author}: ${text}`]);
  return done('Executed custom action');
});

/** An empty message changes nothing: Alertmanager sends `{}` if its template yields no text. */
export const updateMessage = changingOne('UpdateMessage', async (asked) => {
  const message = newMessageOf(asked.body['message']);
  if (message === undefined) return done('Updated message');
  await asked.tools.revise(asked.record.key, { message });
  await change(asked, 'Message updated');
  return done('Updated message');
});

export const updateDescription = changingOne('UpdateDescription', async (asked) => {
  const description = descriptionOf(asked.body['description']);
  await asked.tools.revise(asked.record.key, { annotations: { description } });
  await change(asked, 'Description updated', () => ({ description }));
  return done('Updated description');
});

export const updatePriority = changingOne('UpdatePriority', async (asked) => {
  const given = textOf(asked.body['priority']);
  const priority = priorityOf(given) ?? refuseField('priority', 'Must be P1, P2, P3, P4 or P5');
  await asked.tools.revise(asked.record.key, { severity: severityOf(priority).severity });
  await change(asked, `Priority updated to ${priority}`, () => ({ priority }));
  return done('Updated priority');
});
