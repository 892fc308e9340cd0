import { linksOf } from '../alerts/SourceLinks';
import { origin } from '../base';
import { alerts as alertWords } from '../text/alerts';
import { incident } from '../text/incident';
import { parts } from '../text/parts';
import { postmortem } from '../text/postmortem';
import { marksOf } from '../ui/inline';
import { clockSeconds, day, exact, span, zone } from '../ui/times';
import { titleOf } from './cells';
import { type Entry, plainOf, sentenceOf, type Whole } from './timelineSentence';

/**
 * A draft of the post-mortem in Markdown: facts, timeline, attachments (links of alerts, links in notes, people), and
 * empty sections for people to fill in. Bounded, so that it can be saved; times are in the viewer's zone.
 */
const words = postmortem.draft;

/** The limit of the server, in characters. */
export const LONGEST_TEXT = 65_536;
const ROOM = { timeline: 36_000, alerts: 12_000, links: 6_000, people: 3_000 };
const LONGEST_ENTRY = 2_000;
const LONGEST_NAME = 300;

const onOneLine = (text: string, most = LONGEST_ENTRY): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most).toWellFormed()}…` : line;
};

/** An address that cannot end a Markdown link early. */
const addressOf = (url: string): string => url.replaceAll('(', '%28').replaceAll(')', '%29').replace(/\s/g, '%20');

interface Line {
  text: string;
  /** Kept first if the limit is too small for all lines. */
  first?: boolean;
}

/** As many lines as fit, in order, then the number of omitted lines. */
function fitting(lines: readonly Line[], room: number): string[] {
  const chosen = new Set<Line>();
  let left = room;
  for (const isFirst of [true, false]) {
    for (const line of lines) {
      if ((line.first ?? false) !== isFirst || line.text.length >= left) continue;
      left -= line.text.length + 1;
      chosen.add(line);
    }
  }
  const kept = lines.filter((line) => chosen.has(line)).map(({ text }) => text);
  const rest = lines.length - kept.length;
  return rest > 0 ? [...kept, '', words.more(rest)] : kept;
}

/** The sections as blocks; a section without lines is omitted. */
const section = (heading: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [heading, lines.join('\n')];

export function draftOf(whole: Whole): string {
  const attachments = [...alertSection(whole), ...linkSection(whole), ...peopleSection(whole)];
  return [
    words.heading(onOneLine(titleOf(whole))),
    words.incident(`${origin()}/incidents/${whole.id}`),
    ...[words.summary, words.todo, factLines(whole).join('\n')],
    ...[words.impact, words.todo],
    ...[words.causes, words.todo],
    ...[words.timeline, words.times(zone(whole.created_at)), timelineLines(whole).join('\n')],
    ...(attachments.length === 0 ? [] : [words.attachments, ...attachments]),
    ...[words.lessons, words.todo],
    ...[words.actions, words.actionRow, ''],
  ]
    .join('\n\n')
    .slice(0, LONGEST_TEXT)
    .toWellFormed();
}

function factLines(whole: Whole): string[] {
  const { facts } = incident;
  const instant = (at: string | null) => (at === null ? facts.notYet : exact(at));
  const took = (seconds: number | null) => (seconds === null ? facts.notYet : span(seconds));
  const rows: [string, string][] = [
    [facts.severity, parts.severity[whole.severity]],
    [facts.service, whole.service],
    [facts.team, whole.team ?? facts.none],
    [facts.assignee, whole.assigned_to ?? parts.nobody],
    [facts.opened, instant(whole.created_at)],
    [facts.acknowledged, instant(whole.acknowledged_at)],
    [facts.resolved, instant(whole.resolved_at)],
    [facts.tta, took(whole.mtta_seconds)],
    [facts.ttr, took(whole.mttr_seconds)],
  ];
  return rows.map(([name, value]) => `- ${name}: ${onOneLine(value, LONGEST_NAME)}`);
}

/** A heading at the start of each day; a time shows its zone only if that differs from the first one (summer time). */
function timelineLines(whole: Whole): string[] {
  const usual = zone(whole.created_at);
  const lines: Line[] = [];
  let current = '';
  for (const entry of whole.timeline) {
    const { kind, ...sentence } = sentenceOf(entry, whole);
    const date = day(entry.created_at);
    if (date !== current) lines.push({ text: `\n**${date}**\n`, first: true });
    current = date;
    const own = zone(entry.created_at);
    const at = `${clockSeconds(entry.created_at)}${own === usual ? '' : ` ${own}`}`;
    lines.push({ text: `- ${at} ${onOneLine(plainOf({ kind, ...sentence }))}`, first: kind !== 'alerts' });
  }
  return fitting(lines, ROOM.timeline);
}

type Links = Whole['links'];
const linkList = (links: Links): string =>
  links.map(({ kind, url }) => `[${alertWords.links[kind]}](${addressOf(url)})`).join(' · ');

/** Every alert with its start, its runbook, dashboard and source. */
function alertSection(whole: Whole): string[] {
  const shown = new Set(whole.alerts.flatMap(({ links }) => links.map(({ url }) => url)));
  const own = linksOf(whole.links, []).filter(({ url }) => !shown.has(url));
  const lines: Line[] = own.length === 0 ? [] : [{ text: `- ${words.ofIncident}: ${linkList(own)}`, first: true }];
  for (const { message, service, severity, timestamp, ended_at, incident_state, links, ...alert } of whole.alerts) {
    const from = exact(timestamp);
    // A person can resolve an incident while one of its alerts still fires.
    const firing = alert.firing || incident_state !== null;
    const ended = ended_at === null ? from : words.until(from, exact(ended_at));
    const fired = firing ? `${words.since(from)}, ${words.firing}` : ended;
    const facts = `${service}, ${parts.severity[severity].toLowerCase()}, ${fired}`;
    const named = `- ${onOneLine(message, LONGEST_NAME)} (${onOneLine(facts, LONGEST_NAME)})`;
    lines.push({ text: links.length === 0 ? named : `${named}: ${linkList(links)}`, first: links.length > 0 });
  }
  return section(words.alerts, fitting(lines, ROOM.alerts));
}

/** Addresses in notes, each once, with the author of the note. */
function linkSection({ notes }: Whole): string[] {
  const once = new Map<string, string>();
  for (const { author, content, created_at } of notes) {
    for (const mark of marksOf(content)) {
      if (mark.kind !== 'link' || once.has(mark.href)) continue;
      const name =
        mark.text === mark.href ? addressOf(mark.href) : `[${onOneLine(mark.text)}](${addressOf(mark.href)})`;
      once.set(mark.href, `- ${name} (${words.noteBy(onOneLine(author, LONGEST_NAME), exact(created_at))})`);
    }
  }
  const lines = [...once.values()].map((text) => ({ text }));
  return section(words.links, fitting(lines, ROOM.links));
}

const BY_PEOPLE: ReadonlySet<Entry['event_type']> = new Set([
  ...(['created', 'acknowledged', 'in_progress', 'resolved', 'reopened', 'unacknowledged', 'undone'] as const),
  ...(['assigned', 'escalated', 'note_added', 'snoozed', 'snooze_ended', 'severity_changed'] as const),
]);

/** The people who acted and who were paged, in order of appearance. */
function peopleSection({ timeline }: Whole): string[] {
  const acted = new Set<string>();
  const paged = new Set<string>();
  for (const { event_type: type, actor, detail } of timeline) {
    const byAlert = detail['alert_id'] !== undefined;
    if (BY_PEOPLE.has(type) && actor !== 'system' && !byAlert) acted.add(actor);
    if (type !== 'paged') continue;
    const told = Array.isArray(detail['told']) ? (detail['told'] as { name?: unknown; role?: unknown }[]) : [];
    for (const { name, role } of told) if (typeof name === 'string' && role !== 'room') paged.add(name);
  }
  const names = (of: ReadonlySet<string>) => onOneLine([...of].join(', '), ROOM.people / 2);
  const lines = [
    ...(acted.size > 0 ? [`- ${words.acted(names(acted))}`] : []),
    ...(paged.size > 0 ? [`- ${words.paged(names(paged))}`] : []),
  ];
  return section(words.people, lines);
}
