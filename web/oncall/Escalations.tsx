import { useLocation } from 'preact-iso';
import { hrefOfIncident } from '../incidents/cells';
import { pageIn } from '../live/address';
import { Listing } from '../live/ListCard';
import { type Ports, ports } from '../ports';
import { oncall } from '../text/oncall';
import { Person } from '../ui/icons';
import { Ago } from '../ui/time';
import { useQuery } from '../useQuery';

const { escalations: words } = oncall;
const PER_PAGE = 50;
const UUID = /^[0-9a-f-]{36}$/;

const hrefOf = (page: number) => `/oncall?tab=escalations${page > 1 ? `&page=${page}` : ''}`;

/** The escalation messages, newest first: who was notified because a step was due or by request. */
export function Escalations() {
  const page = pageIn(useLocation().query);
  const asked = useQuery(`escalations ${page}`, () => ports.oncall.escalations({ page, per_page: PER_PAGE }), {
    modules: ['oncall'],
  });
  return (
    <Listing
      title={oncall.tabs.escalations}
      asked={asked}
      total={asked.value?.total}
      none={words.none}
      paging={{ page, perPage: PER_PAGE, href: hrefOf }}
      rows={6}
    >
      <Table of={[...(asked.value?.escalations ?? [])].reverse()} />
    </Listing>
  );
}

type Escalation = Awaited<ReturnType<Ports['oncall']['escalations']>>['escalations'][number];

const Table = ({ of }: { of: readonly Escalation[] }) => (
  <table class="rows plain">
    <thead>
      <tr>
        <th scope="col">{words.columns.incident}</th>
        <th scope="col">{words.columns.told}</th>
        <th scope="col">{words.columns.team}</th>
        <th scope="col" class="num">
          {words.columns.at}
        </th>
      </tr>
    </thead>
    <tbody>
      {of.map((escalation) => (
        <Row key={escalation.escalation_id} of={escalation} />
      ))}
    </tbody>
  </table>
);

const Row = ({ of: { incident_id, reason, step, team, escalated_to, timestamp } }: { of: Escalation }) => (
  <tr>
    <td class="c-what">
      {UUID.test(incident_id) ? (
        <a class="t" href={hrefOfIncident(incident_id)}>
          {reason}
        </a>
      ) : (
        <span class="t">{reason}</span>
      )}
      <div class="small muted dots">
        <span>{words.step(step)}</span>
        <span class="mono">{incident_id.slice(0, 8)}</span>
      </div>
    </td>
    <td class="c-who">
      {escalated_to ? (
        <Person name={escalated_to.name} email={escalated_to.email} />
      ) : (
        <span class="small muted">{words.nobody}</span>
      )}
    </td>
    <td class="c-state small second">{team}</td>
    <td class="c-age num">
      <Ago at={timestamp} />
    </td>
  </tr>
);
