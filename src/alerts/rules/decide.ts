import type { Labels, Severity } from '../../kernel/ports/values';
import type { DecisionEntry, MuteCause } from '../contract';
import type { Grace } from '../domain/grace';
import type { HoldPlan } from '../domain/holds';
import { applyRoute, type RouteActions, routeInWords, withWindow } from './applyRoute';
import type { CompiledMatcher } from './matcher';
import { type MatcherIndex, matchesAll, type Subject, valueIn } from './matcherIndex';
import { holdsInWords, planAfter, type RuleHolds, withGrace } from './ruleHolds';
import { fill } from './template';

/**
 * The stages of the intake from a report to its correlation. Each is a pure function of the report, the configuration and
 * the time, and returns what it did with its reason.
 */

/** A rule that is ready to run. */
export interface CompiledRule {
  id: string;
  name: string;
  matchers: readonly CompiledMatcher[];
  /** Whether the rule applies at an instant. */
  appliesAt(now: Date): boolean;
  set: {
    service?: string | undefined;
    severity?: Severity | undefined;
    title?: string | undefined;
    labels?: Readonly<Record<string, string>> | undefined;
  };
  /** Null if the rule does not change where reports go. */
  routing: RouteActions | null;
  holds?: RuleHolds | undefined;
  drop: boolean;
  stop: boolean;
}

/** A mute that is ready to compare. */
export interface CompiledMute {
  id: string;
  cause: MuteCause;
  name: string;
  /** The version of its row. An alert is stored as muted only while the row has this version. */
  version: number;
  matchers: readonly CompiledMatcher[];
  /** The end of the mute if it applies at an instant, `NO_END` if its end is not known; otherwise null. */
  endAt(now: Date): Date | null;
}

/** The end of a mute that ends by an event only. Any other end counts as later; see `lastMute`. */
export const NO_END = new Date(0);

/** Rules and mutes as the intake uses them. */
export interface Configuration {
  /** Increases with each change; absent in a draft. */
  version?: number;
  rules: MatcherIndex<CompiledRule>;
  mutes: MatcherIndex<CompiledMute>;
  /** The waits for upstreams, by service; absent if there are none. */
  graces?: ReadonlyMap<string, Grace> | undefined;
  /** The correlation windows of services, in minutes; absent if there are none. */
  windows?: ReadonlyMap<string, number> | undefined;
}

/** The mute that counts for an alert. */
export interface Mute {
  id: string;
  version: number;
  /** Null if its end is not known. */
  until: Date | null;
}

/** What the stages decide about a report. */
export interface Verdict {
  /** The report after all rules. */
  subject: Subject;
  /** The reasons, in the order of the stages; empty if no rule and no mute matches. */
  decision: DecisionEntry[];
  mute: Mute | null;
  /** The rule that drops the report. */
  droppedBy: { id: string; name: string } | null;
  /** What rules and dependencies ask the alert to wait for, unless it is muted or dropped. */
  hold?: HoldPlan | undefined;
}

/** Runs all stages on a report. */
export function decide(reported: Subject, { rules, mutes, graces, windows }: Configuration, now: Date): Verdict {
  const ruled = applyRules(reported, rules, now);
  if (ruled.droppedBy !== null) return { ...ruled, mute: null };
  ruled.subject = withWindow(ruled.subject, windows);
  const last = lastMute(ruled.subject, mutes, now);
  if (last === null) {
    return { ...ruled, mute: null, hold: withGrace(ruled.hold, graces?.get(ruled.subject.service)) };
  }
  const { mute, until } = last;
  const { hold: _, ...muted } = ruled;
  return {
    ...muted,
    decision: [...ruled.decision, muteEntry(mute, until)],
    mute: { id: mute.id, version: mute.version, until: until === NO_END ? null : until },
  };
}

function muteEntry({ cause, id, name }: CompiledMute, until: Date): DecisionEntry {
  if (cause === 'upstream') return { stage: 'mute', by: cause, id, name };
  return { stage: 'mute', by: cause, id, name, until: until.toISOString() };
}

type Ruled = Omit<Verdict, 'mute'>;

/** Runs the rules from first to last; each sees what those before it set. */
function applyRules(reported: Subject, rules: MatcherIndex<CompiledRule>, now: Date): Ruled {
  let subject = reported;
  const decision: DecisionEntry[] = [];
  let hold: HoldPlan | undefined;
  let places = rules.candidates(subject);
  for (let at = 0; at < places.length; at++) {
    const place = places[at] as number;
    const rule = rules.items[place] as CompiledRule;
    if (!matchesAll(rule.matchers, subject) || !rule.appliesAt(now)) continue;
    const { id, name } = rule;
    if (rule.drop) {
      decision.push({ stage: 'rule', id, rule: name, did: 'drop' });
      return { subject, decision, droppedBy: { id, name } };
    }
    const changed = applyRoute(rule, setFields(subject, rule.set));
    decision.push({ stage: 'rule', id, rule: name, did: didOf(rule, changed) });
    hold = planAfter(hold, rule);
    if (rule.stop) return { subject: changed, decision, droppedBy: null, hold };
    if (changed === subject) continue;
    subject = changed;
    // Other rules can match now; those up to this one have had their turn.
    places = rules.candidates(subject);
    at = places.findLastIndex((next) => next <= place);
  }
  return { subject, decision, droppedBy: null, hold };
}

const LONGEST_SERVICE = 255;
const LONGEST_MESSAGE = 2_000;
const LONGEST_LABEL = 1_024;
const MOST_LABELS = 64;

/** Applies `set`. A template that gives an empty text changes nothing, because a report needs these fields. */
function setFields(subject: Subject, { service, severity, title, labels }: CompiledRule['set']): Subject {
  const filled = (template: string | undefined, longest: number): string =>
    template === undefined ? '' : clip(fill(template, (name) => valueIn(subject, name)).trim(), longest);
  const newService = filled(service, LONGEST_SERVICE).toLowerCase();
  const message = filled(title, LONGEST_MESSAGE);
  if (newService === '' && severity === undefined && message === '' && labels === undefined) return subject;
  return {
    ...subject,
    ...(newService !== '' && { service: newService }),
    ...(severity !== undefined && { severity }),
    ...(message !== '' && { message }),
    ...(labels !== undefined && { labels: setLabels(subject.labels, labels, (text) => filled(text, LONGEST_LABEL)) }),
  };
}

/** An empty value removes a label. Labels beyond the limit of a report are left out. */
function setLabels(given: Labels, set: Readonly<Record<string, string>>, filled: (text: string) => string): Labels {
  const labels = new Map(Object.entries(given));
  for (const [name, template] of Object.entries(set)) {
    const value = filled(template);
    if (value === '') labels.delete(name);
    else if (labels.has(name) || labels.size < MOST_LABELS) labels.set(name, value);
  }
  return Object.fromEntries(labels);
}

const clip = (text: string, longest: number): string => text.slice(0, longest).toWellFormed();

/** What a rule does, in words. */
function didOf({ set, routing, holds, stop }: CompiledRule, after: Subject): string {
  const done = [
    ...(set.service === undefined ? [] : [`set service ${set.service}`]),
    ...(set.severity === undefined ? [] : [`set severity ${set.severity}`]),
    ...(set.title === undefined ? [] : [`set title ${set.title}`]),
    ...Object.entries(set.labels ?? {}).map(([name, value]) => `set label ${name}=${value}`),
    ...(routing === null ? [] : routeInWords(routing, after)),
    ...holdsInWords(holds),
    ...(stop ? ['stop'] : []),
  ];
  return done.length === 0 ? 'nothing' : done.join(', ');
}

/**
 * Of all mutes that match, the one that ends last. An upstream counts if no other does: people asked for the others, and
 * the owner of the service gets no notice then. When they end, the upstream is considered.
 */
function lastMute(subject: Subject, mutes: MatcherIndex<CompiledMute>, now: Date) {
  let last: { mute: CompiledMute; until: Date } | null = null;
  for (const place of mutes.candidates(subject)) {
    const mute = mutes.items[place] as CompiledMute;
    if (!matchesAll(mute.matchers, subject)) continue;
    const until = mute.endAt(now);
    if (until === null) continue;
    if (last === null || until > last.until) last = { mute, until };
  }
  return last;
}
