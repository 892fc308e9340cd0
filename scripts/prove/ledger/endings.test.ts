import { chainsOf } from './chains';
import { lineOf, oneIncident, type Spoil } from './example';

describe('a page ends', () => {
  const unanswered: Spoil = ({ tables }) => (tables.timeline[3]!.actor = 'ben');
  const failed: Spoil = ({ tables }) => (tables.notifications[0]!.status = 'failed');
  const pageIs = (state: string, reason: string): Spoil => {
    return ({ tables }) => Object.assign(tables.pages[0]!, { state, reason });
  };
  const alone: Spoil = ({ tables }) => {
    tables.pages = [];
    Object.assign(tables.notifications[0]!, { page_id: null, status: 'failed', reason: 'HTTP 500' });
  };
  test.each<[string, Spoil[]]>([
    ['answered', []],
    ['reached', [unanswered]],
    ['cancelled', [unanswered, failed, pageIs('cancelled', 'acknowledged')]],
    ['not reached', [unanswered, failed, pageIs('unreached', 'not_accepted')]],
    ['not reached', [unanswered, alone]],
  ])('%s', (ending, spoils) => {
    const spoil: Spoil = (facts) => {
      for (const each of spoils) each(facts);
    };
    expect(lineOf(spoil, `  ${ending}`)?.count).toBe(1);
    expect(lineOf(spoil, 'pages of people')).toMatchObject({ count: 1, faults: [] });
  });
});

describe('the chain of a page', () => {
  const chainOf = (spoil: Spoil, whole = false) => {
    const facts = oneIncident();
    spoil(facts);
    return chainsOf(facts.tables, whole)[0]?.text;
  };

  test('leads from the alert to the answer', () => {
    expect(chainOf(() => {})).toBe(
      'alert c → incident i (high) → step 1 → Ada → rule 1 → email ada → 1 attempt → sent → acknowledged by email at 09:00:00',
    );
  });

  test('has each attempt and report if it is whole', () => {
    const spoil: Spoil = ({ tables }) => {
      tables.attempts.unshift({ notification_id: 'n', attempt: 0, outcome: null, reason: null });
      tables.receipts.push({ notification_id: 'n', attempt: 1, state: 'delivered' });
      tables.notifications[0]!.status = 'delivered';
    };
    expect(chainOf(spoil, true)).toContain('→ #0 died, #1 sent → delivered → reported delivered →');
  });

  test('says why no one was reached', () => {
    const spoil: Spoil = ({ tables }) => {
      tables.timeline.pop();
      tables.notifications = [];
      Object.assign(tables.pages[0]!, { state: 'cancelled', reason: 'acknowledged' });
    };
    expect(chainOf(spoil)).toBe('alert c → incident i (high) → step 1 → Ada → no message → cancelled: acknowledged');
  });
});
