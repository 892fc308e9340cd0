import { channelWords } from '../../text/channels';
import { previewWords, policyWords as words } from '../../text/policy';
import { scheduleWords } from '../../text/schedule';
import type { Policy, Target } from './draft';

/** Writes a policy as sentences. */

export interface Said {
  text: string;
  /** True for a part that is a name. */
  strong: string;
  after: string;
}

export function saidTarget(target: Target, names: ReadonlyMap<string, string>): Said {
  switch (target.kind) {
    case 'schedule': {
      const text = target.role === 'primary' ? words.primaryOf : words.secondaryOf;
      return { text, strong: target.team, after: target.or_primary ? words.orPrimary : '' };
    }
    case 'team':
      return { text: words.everybodyIn, strong: target.team, after: '' };
    case 'person':
      return { text: '', strong: names.get(target.email) ?? target.email, after: '' };
    case 'room':
      return { text: '', strong: roomName(target.address), after: '' };
  }
}

/** `slack:payments` as `#payments`; rooms of other channels keep the channel's name. */
function roomName(address: string): string {
  const colon = address.indexOf(':');
  const prefix = channelWords[address.slice(0, colon)]?.roomPrefix;
  if (prefix === undefined) return address;
  const room = address.slice(colon + 1);
  return room.startsWith(prefix) ? room : `${prefix}${room}`;
}

export function waitSentence(policy: Policy, step: number, minutes: string): string {
  if (step < policy.steps.length - 1) return words.wait(minutes);
  return policy.repeat > 0 ? words.waitThenRepeat(minutes, policy.repeat) : words.waitThenEnd(minutes);
}

export function saidHours(policy: Policy): string | null {
  const hours = policy.support_hours;
  if (hours === null) return null;
  const said = hours.restrictions.map(({ days, from, to }) =>
    words.window(days?.map((day) => scheduleWords.days[day]).join(', ') ?? words.everyDay, from, to),
  );
  return words.supportHours(hours.time_zone, said.join('; '));
}

/** The server's reasons, such as `primary, everybody of web`, as screen text. */
export const saidWhy = (why: string): string =>
  why
    .split(', ')
    .map((reason) => {
      const [word = reason, team] = reason.split(' of ');
      const said = previewWords.why[word] ?? word;
      return team === undefined ? said : previewWords.whyOf(said, team);
    })
    .join(', ');
