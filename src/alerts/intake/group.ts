import type { Claim } from '../../kernel/jobs/jobs';
import type { Rise, SavedCaller } from '../domain';
import type { Link } from '../store/links';
import type { StoredReport } from '../store/reports';
import type { Answers } from './correlation';

/** A stored alert that is to be attached, with its reports folded into one. */
export interface Member extends StoredReport {
  /** The rise that the reports caused in an alert that was firing before, if it is known from a job. */
  rise?: Rise | undefined;
}

/** Stored alerts and the claimed job that attaches them, whatever happens to the process. */
export interface Group {
  members: readonly Member[];
  claim: Claim;
  by: SavedCaller;
}

/** Links to save: incidents answered another incident than the alert's row holds. */
export const newLinks = ({ members }: Group, answers: Answers): Link[] =>
  members.flatMap(({ alert: { id, incident_id: known } }) => {
    const incidentId = answers.get(id)?.incident_id;
    return incidentId !== undefined && known !== incidentId ? [{ id, incident_id: incidentId }] : [];
  });

/**
 * Members whose incident was resolved before their reports arrived. A member that its report created is left out: the
 * report precedes every later event, so `ended` only means that an earlier run of the job attached the alert and crashed
 * before it saved the answer. A member without a report is left out too: its text was changed, which reopens nothing.
 */
export const endedMembers = ({ members }: Group, answers: Answers): Member[] =>
  members.filter(({ alert, report, created }) => {
    return !created && report.count > 0 && answers.get(alert.id)?.result === 'ended';
  });
