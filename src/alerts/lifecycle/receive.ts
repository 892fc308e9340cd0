import type { FairTurns } from '../../kernel/async/fairTurns';
import type { Clock } from '../../kernel/clock';
import type { Caller } from '../../kernel/ports/contract';
import type { Accepted, AlertReport, Noted } from '../contract';
import { endingOf, instantOf } from '../domain';
import { conditionOf, type Sender } from '../domain/fingerprint';
import { sequenceOf } from '../domain/sequence';
import type { Intake } from '../intake/intake';
import type { AlertChanges } from './changes';

export interface ReceiverDeps {
  clock: Clock;
  intake: Pick<Intake, 'take' | 'takeAll' | 'linksSaved'>;
  changes: AlertChanges;
  turns: FairTurns;
}

/** What a report of a batch counts as for the turns of its sender, in bytes. */
const REPORT_BYTES = 400;

/** Takes valid reports of keys and users, whatever status they have. */
export interface Receiver {
  one(report: AlertReport, caller: Caller): Promise<Accepted | Noted>;
  /**
   * Takes a batch when its sender has a turn.
   * @returns the answers in the order of the reports
   * @throws Problem as `FairTurns.enter`
   */
  all(reports: readonly AlertReport[], caller: Caller): Promise<(Accepted | Noted)[]>;
}

const isFiring = ({ status }: AlertReport): boolean => status === undefined || status === 'firing';
const senderOf = ({ actor }: Caller): Sender => ({ actor, integrationId: null });

/** A report and the fingerprint of its condition. */
interface Item {
  report: AlertReport;
  fingerprint: string;
}

/** Firing reports, which are nearly all, go straight to the intake. */
export function receiver({ clock, intake, changes, turns }: ReceiverDeps): Receiver {
  /** Applies resolves and acknowledgements. @returns the answers by `status` and fingerprint */
  async function settle(items: readonly Item[], caller: Caller): Promise<Map<string, Noted>> {
    if (items.length === 0) return new Map();
    // The answers name the incidents of the alerts.
    await intake.linksSaved();
    const of = (status: AlertReport['status']) => items.filter(({ report }) => report.status === status);
    const fingerprints = new Set(of('acknowledged').map(({ fingerprint }) => fingerprint));
    const acknowledged = await changes.acknowledge([...fingerprints], caller);
    const endings = of('resolved').map(({ report: { timestamp }, fingerprint }) =>
      endingOf(fingerprint, timestamp ? instantOf(timestamp) : null, clock.now()),
    );
    const last = new Map(endings.map((ending) => [ending.fingerprint, ending]));
    const resolved = await changes.resolve([...last.values()], caller);
    return new Map([
      ...items.map((item) => [keyOf(item), unchanged(item.fingerprint)] as const),
      ...acknowledged.map((row) => [`acknowledged ${row.fingerprint}`, changed(row, 'acknowledged')] as const),
      ...resolved.map((row) => [`resolved ${row.fingerprint}`, changed(row, 'resolved')] as const),
    ]);
  }

  async function takeMixed(reports: readonly AlertReport[], caller: Caller): Promise<(Accepted | Noted)[]> {
    const items = reports.map((report) => ({ report, fingerprint: conditionOf(report, senderOf(caller)) }));
    const { before, firing, others, after } = sequenceOf(items, eventOf);
    const answers = new Map<Item, Accepted | Noted>();
    const answer = (settled: readonly Item[], noted: ReadonlyMap<string, Noted>): void => {
      for (const item of settled) answers.set(item, noted.get(keyOf(item)) as Noted);
    };
    answer(before, await settle(before, caller));
    const [taken, beside] = await Promise.all([
      intake.takeAll(
        firing.map(({ report }) => report),
        senderOf(caller),
        caller,
      ),
      settle(others, caller),
    ]);
    for (const [i, item] of firing.entries()) answers.set(item, taken[i] as Accepted);
    answer(others, beside);
    answer(after, await settle(after, caller));
    return items.map((item) => answers.get(item) as Accepted | Noted);
  }

  return {
    one: async (report, caller) =>
      isFiring(report)
        ? intake.take(report, senderOf(caller), caller)
        : ((await takeMixed([report], caller))[0] as Noted),
    async all(reports, caller) {
      const end = await turns.enter(`${caller.kind} ${caller.actor}`, reports.length * REPORT_BYTES, caller.signal);
      const taken = reports.every(isFiring)
        ? intake.takeAll(reports, senderOf(caller), caller)
        : takeMixed(reports, caller);
      return taken.finally(end);
    },
  };
}

const keyOf = ({ report, fingerprint }: Item): string => `${report.status} ${fingerprint}`;

const eventOf = ({ report: { status = 'firing', timestamp }, fingerprint }: Item) => {
  const at = timestamp ? instantOf(timestamp) : null;
  return { key: fingerprint, status, startedAt: at, endedAt: at };
};

const STORED = { status: 'accepted', deduplicated: false } as const;

const changed = (
  { id, incident_id, fingerprint }: { id: string; incident_id: string | null; fingerprint: string },
  action: 'resolved' | 'acknowledged',
): Noted => ({ ...STORED, alert_id: id, incident_id, fingerprint, action, reason: null });

/** The answer if no alert of the condition fires. */
const unchanged = (fingerprint: string): Noted => ({
  ...STORED,
  alert_id: null,
  incident_id: null,
  fingerprint,
  action: 'none',
  reason: 'not_firing',
});
