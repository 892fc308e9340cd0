import type { ReportInput } from '../domain';
import type { HeartbeatRow } from '../store/heartbeats';

/** The name with which alerts of heartbeats are reported. */
export const HEARTBEATS_ACTOR = 'Heartbeats';

const LONGEST_MESSAGE = 2_000;
const LONGEST_OUTPUT = 2_000;

const minuteOf = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** One sentence that stays the same while the heartbeat is down. */
function messageOf({ name, pulse, lastPingAt, details }: HeartbeatRow): string {
  const { down } = pulse;
  if (details.message !== undefined) return details.message;
  if (down?.cause === 'failed') return `${name} failed${down.detail === null ? '' : `: ${down.detail}`}`;
  if (down?.cause === 'unfinished') return `${name} began a run and did not end it in time`;
  return lastPingAt === null || pulse.since === null
    ? `${name} sends no ping`
    : `${name} sends no ping; the last run ended at ${minuteOf(pulse.since)}`;
}

/** What a responder should know in addition: the output of the failed job, or an outage of Tocsin itself. */
function descriptionOf({ pulse: { down, outage } }: HeartbeatRow, output: string | undefined): string | undefined {
  const away =
    outage === null
      ? []
      : [
          `Tocsin itself did not run from ${minuteOf(outage.from)} to ${minuteOf(outage.until)}, so pings may have been ` +
            'lost. The grace was counted again from the end of that time.',
        ];
  const said = down?.cause === 'failed' && output ? [output.slice(0, LONGEST_OUTPUT)] : [];
  const all = [...away, ...said];
  return all.length === 0 ? undefined : all.join('\n\n');
}

const LONGEST_LABEL = 1_024;

const tagsOf = ({ tags = [] }: HeartbeatRow['details']): Record<string, string> =>
  tags.length === 0 ? {} : { tags: tags.join(', ').slice(0, LONGEST_LABEL).toWellFormed() };

/**
 * The report of a heartbeat that is down.
 * @param output body of the last ping that reported a failure
 */
export function reportOfHeartbeat(
  heartbeat: HeartbeatRow,
  { publicUrl, output }: { publicUrl: string; output: string | undefined },
): ReportInput {
  const { id, name, slug, team, service, severity, details } = heartbeat;
  const description = descriptionOf(heartbeat, output);
  return {
    dedup_key: id,
    // Every alert has a service. That of a heartbeat of a team has the name of the team, to which it is routed.
    service: service ?? (team as string).toLowerCase(),
    ...(team !== null && { default_route: { team, by: { kind: 'heartbeat', name } } }),
    severity,
    message: messageOf(heartbeat).slice(0, LONGEST_MESSAGE).toWellFormed(),
    labels: { heartbeat: slug, ...(team !== null && { team }), ...tagsOf(details) },
    source: 'heartbeat',
    generator_url: `${publicUrl}/heartbeats/${id}`,
    ...(description !== undefined && { annotations: { description } }),
  };
}
