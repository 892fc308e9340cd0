import type { Labels, Severity } from '../../kernel/ports/values';
import type { DecisionEntry, MuteCause } from '../contract';
import type { CompiledMatcher } from './matcher';
import { type MatcherIndex, matchesAll, type Subject, valueIn } from './matcherIndex';
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
  drop: boolean;
  stop: boolean;
}

/** A silence or a maintenance window that is ready to compare. */
export interface CompiledMute {
  id: string;
  cause: MuteCause;
  name: string;
  /** The version of its row. An alert is stored as muted only while the row has this version. */
  version: number;
  matchers: readonly CompiledMatcher[];
  /** The end of the mute if it applies at an instant; otherwise null. */
  endAt(now: Date): Date | null;
}

/** Rules and mutes as the intake uses them. */
export interface Configuration {
  rules: MatcherIndex<CompiledRule>;
  mutes: MatcherIndex<CompiledMute>;
}

/** The mute that counts for an alert. */
export interface Mute {
  id: string;
  version: number;
  until: Date;
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
}

/** Runs all stages on a report. */
export function decide(reported: Subject, { rules, mutes }: Configuration, now: Date): Verdict {
  const ruled = applyRules(reported, rules, now);
  if (ruled.droppedBy !== null) return { ...ruled, mute: null };
  const last = lastMute(ruled.subject, mutes, now);
  if (last === null) return { ...ruled, mute: null };
  const { mute, until } = last;
  const entry: DecisionEntry = {
    ...{ stage: 'mute', by: mute.cause, id: mute.id, name: mute.name },
    until: until.toISOString(),
  };
  return {
    ...ruled,
    decision: [...ruled.decision, entry],
    mute: { id: mute.id, version: mute.version, until },
  };
}

type Ruled = Omit<Verdict, 'mute'>;

/** Runs the rules from first to last; each sees what those before it set. */
function applyRules(reported: Subject, rules: MatcherIndex<CompiledRule>, now: Date): Ruled {
  let subject = reported;
  const decision: DecisionEntry[] = [];
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
    const changed = setFields(subject, rule.set);
    decision.push({ stage: 'rule', id, rule: name, did: didOf(rule) });
    if (rule.stop) return { subject: changed, decision, droppedBy: null };
    if (changed === subject) continue;
    subject = changed;
    // Other rules can match now; those up to this one have had their turn.
    places = rules.candidates(subject).filter((next) => next > place);
    at = -1;
  }
  return { subject, decision, droppedBy: null };
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
function didOf({ set, stop }: CompiledRule): string {
  const done = [
    ...(set.service === undefined ? [] : [`set service ${set.service}`]),
    ...(set.severity === undefined ? [] : [`set severity ${set.severity}`]),
    ...(set.title === undefined ? [] : [`set title ${set.title}`]),
    ...Object.entries(set.labels ?? {}).map(([name, value]) => `set label ${name}=${value}`),
    ...(stop ? ['stop'] : []),
  ];
  return done.length === 0 ? 'nothing' : done.join(', ');
}

/** Of all mutes that match, the one that ends last. */
function lastMute(subject: Subject, mutes: MatcherIndex<CompiledMute>, now: Date) {
  let last: { mute: CompiledMute; until: Date } | null = null;
  for (const place of mutes.candidates(subject)) {
    const mute = mutes.items[place] as CompiledMute;
    const until = mute.endAt(now);
    if (until === null || !matchesAll(mute.matchers, subject)) continue;
    if (last === null || until > last.until) last = { mute, until };
  }
  return last;
}
