import { exact, span } from '../ui/times';
import { incident as words } from '../words/incident';
import { parts } from '../words/parts';
import { plainOf, sentenceOf, type Whole } from './happened';
import { titleOf } from './rows';

const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');

/** A draft of the post-mortem in Markdown: everything the timeline knows, and room for what it cannot. */
export function postmortemOf(whole: Whole): string {
  const { facts, postmortem } = words;
  const rows: [string, string][] = [
    [facts.severity, parts.severity[whole.severity]],
    [facts.service, whole.service],
    [facts.team, whole.team ?? facts.none],
    [facts.assignee, whole.assigned_to ?? parts.nobody],
    [facts.opened, exact(whole.created_at)],
    [facts.acknowledged, whole.acknowledged_at ? exact(whole.acknowledged_at) : facts.notYet],
    [facts.resolved, whole.resolved_at ? exact(whole.resolved_at) : facts.notYet],
    [facts.tta, whole.mtta_seconds === null ? facts.notYet : span(whole.mtta_seconds)],
    [facts.ttr, whole.mttr_seconds === null ? facts.notYet : span(whole.mttr_seconds)],
  ];
  const entries = whole.timeline.map(
    (entry) => `| ${exact(entry.created_at)} | ${cell(plainOf(sentenceOf(entry, whole)))} |`,
  );
  return [
    postmortem.heading(titleOf(whole)),
    postmortem.summary,
    postmortem.todo,
    ['| | |', '| --- | --- |', ...rows.map(([name, value]) => `| ${name} | ${cell(value)} |`)].join('\n'),
    postmortem.impact,
    postmortem.todo,
    postmortem.causes,
    postmortem.todo,
    postmortem.timeline,
    ['| | |', '| --- | --- |', ...entries].join('\n'),
    postmortem.lessons,
    postmortem.todo,
    postmortem.actions,
    postmortem.actionRow,
    '',
  ].join('\n\n');
}
