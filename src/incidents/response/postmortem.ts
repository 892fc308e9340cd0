import type { Db } from '../../kernel/db/pool';
import { kindOf } from '../../kernel/events/events';
import { maskText, maySeeSecrets } from '../../kernel/mask';
import type { Caller, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { unmasked } from '../domain/postmortem';
import { noteActivity } from '../escalation/ackTimeout';
import { knownId, notFound } from '../records/incidentId';
import { recordEntries } from '../records/recordEntries';
import { lockIncident, touch } from '../store/changes';
import {
  findVersion,
  insertVersion,
  latestVersion,
  type SavedRow,
  type VersionRow,
  versionsOf,
} from '../store/postmortem';
import { findIncident } from '../store/reads';

/** The post-mortem of an incident, stored as versions. */

/** The first version and the newest ones are kept. */
const MOST_VERSIONS = 200;

type Postmortems = Pick<
  Service<IncidentsContract>,
  'postmortem' | 'postmortemVersions' | 'postmortemVersion' | 'savePostmortem'
>;
type Saving = Parameters<Postmortems['savePostmortem']>[0];

/** The operations on post-mortems. */
export function createPostmortems({ db, clock }: Pick<Deps, 'db' | 'clock'>): Postmortems {
  async function requireId(text: string): Promise<string> {
    const id = knownId(text);
    if ((await findIncident(db, id)) === null) throw notFound();
    return id;
  }

  /** Saves a new version and returns it; returns the latest version if that has the same text. */
  async function save(trx: Db, id: string, { text, version }: Saving, caller: Caller): Promise<VersionRow> {
    if ((await lockIncident(trx, id)) === null) throw notFound();
    // Read under the lock, so that versions and entries are in the order in which they were saved.
    const now = clock.now();
    const latest = await latestVersion(trx, id);
    const whole =
      latest === null || maySeeSecrets(caller.role) ? text : unmasked(text, latest.text, maskText(latest.text));
    // A client that lost the answer saves the same text again; that is no conflict.
    if (latest?.text === whole) return latest;
    if ((latest?.version ?? 0) !== version) throw conflict(latest, version);
    const made = {
      version: version + 1,
      text: whole,
      actor: caller.actor,
      actor_kind: kindOf(caller),
      created_at: now,
    };
    const row = await insertVersion(trx, id, made, MOST_VERSIONS);
    await noteActivity(trx, id, caller, now);
    await touch(trx, id, now);
    const detail = { version: row.version };
    const entry = { incidentId: id, eventType: 'postmortem_saved', actor: caller.actor, detail, at: now } as const;
    await recordEntries(trx, [entry], caller);
    return row;
  }

  return {
    async postmortem({ id: text }) {
      const incident_id = await requireId(text);
      const latest = await latestVersion(db, incident_id);
      return latest === null
        ? { incident_id, version: 0, text: null, author: null, author_kind: null, saved_at: null }
        : toVersion(incident_id, latest);
    },

    async postmortemVersions({ id: text }) {
      const incident_id = await requireId(text);
      return { incident_id, versions: (await versionsOf(db, incident_id)).map(saved) };
    },

    async postmortemVersion({ id: text, version }) {
      const incident_id = await requireId(text);
      const row = await findVersion(db, incident_id, version);
      if (row === null) throw new Problem('not-found', `The post-mortem has no version ${version}`);
      return toVersion(incident_id, row);
    },

    async savePostmortem(input, caller) {
      const id = knownId(input.id);
      return toVersion(id, await db.transaction((trx) => save(trx, id, input, caller)));
    },
  };
}

const saved = ({ version, actor, actor_kind, created_at }: SavedRow) => ({
  version,
  author: actor,
  author_kind: actor_kind,
  saved_at: created_at.toISOString(),
});

const toVersion = (incident_id: string, row: VersionRow) => ({ incident_id, ...saved(row), text: row.text });

/** The 409 of a save from an older version: names the author, the number and the time of the latest version. */
function conflict(latest: VersionRow | null, version: number): Problem {
  if (latest === null) {
    return new Problem('conflict', `No post-mortem is saved yet: send version 0, not ${version}`, { saved: null });
  }
  const by = saved(latest);
  return new Problem(
    'conflict',
    `${by.author} saved version ${by.version} at ${by.saved_at}; your text was written from version ${version}`,
    { saved: by },
  );
}
