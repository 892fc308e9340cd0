import { useSignal } from '@preact/signals';
import { useLocation, useRoute } from 'preact-iso';
import { IncidentRow } from '../incidents/cells';
import { hrefOf as hrefOfIncidents, UNRESOLVED, viewOf } from '../incidents/view';
import { Listing } from '../live/ListCard';
import { ProblemBanner } from '../live/problems';
import { policyOf } from '../oncall/policy/draft';
import { Ladder } from '../oncall/policy/Ladder';
import { usePeople } from '../people';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { incidents as list } from '../text/incidents';
import { count } from '../text/parts';
import { services } from '../text/services';
import { Button } from '../ui/button';
import { Banner, Card, Empty, Skeleton } from '../ui/card';
import { Face } from '../ui/icons';
import { Page } from '../ui/page';
import { Heads } from '../ui/table';
import { when } from '../ui/times';
import { useQuery } from '../useQuery';
import { DependenciesCard } from './Dependencies';
import { SetOwner } from './SetOwner';
import { type Seen, TOUCHED } from './view';
import { WindowCard } from './WindowCard';

const words = services.page;
const OPEN_SHOWN = 50;

/** One service: its owner, its on-call responder, its open incidents and the number of its alerts. */
export function ServicePage() {
  const service = (useRoute().params['service'] ?? '').trim().toLowerCase();
  const { query } = useLocation();
  const asked = useQuery(`service ${service}`, () => ports.gateway.seenServices({ service }), TOUCHED);
  const editing = useSignal(query['set'] === 'owner' && mayAsk('oncall', 'setService'));
  const seen = asked.value?.services[0];
  const close = () => {
    editing.value = false;
    void asked.again();
  };
  const mayEdit = mayAsk('oncall', 'setService');
  return (
    <Page
      title={service}
      above={
        <nav class="small" aria-label={words.breadcrumb}>
          <a class="second" href="/services">
            {services.title}
          </a>
        </nav>
      }
      below={
        seen?.has_schedule && seen.team !== null && <p class="second">{words.ownedBy(seen.team, seen.owned_by)}</p>
      }
      actions={
        mayEdit &&
        seen?.has_schedule && (
          <div class="acts">
            <Button icon="edit" onClick={() => (editing.value = true)}>
              {services.edit}
            </Button>
          </div>
        )
      }
    >
      {asked.problem && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {asked.value === undefined && !asked.problem && <Skeleton rows={6} />}
      {asked.value !== undefined && seen === undefined && (
        <>
          <Unseen />
          <DependenciesCard service={service} />
        </>
      )}
      {seen !== undefined && <Whole of={seen} {...(mayEdit && { onEdit: () => (editing.value = true) })} />}
      {editing.value && <SetOwner service={service} team={seen?.team ?? null} onClose={close} />}
    </Page>
  );
}

const Unseen = () => (
  <Card title={words.unseen.title} hideTitle>
    <Empty title={words.unseen.title}>
      <p>{words.unseen.text}</p>
      <a href="/services">{services.title}</a>
    </Empty>
  </Card>
);

function Whole({ of, onEdit }: { of: Seen; onEdit?(): void }) {
  const owner = of.has_schedule ? of.team : null;
  return (
    <>
      {owner === null && (
        <Banner
          tone="bad"
          action={
            onEdit && (
              <Button small main onClick={onEdit}>
                {services.add}
              </Button>
            )
          }
        >
          {of.team === null ? words.unowned : words.unscheduled(of.team)}
        </Banner>
      )}
      <Figures of={of} />
      <div class="cols two">
        <OpenIncidents service={of.service} />
        <div class="stack">
          {owner !== null && <OnCall team={owner} />}
          <DependenciesCard service={of.service} />
          <WindowCard service={of.service} />
          {owner !== null && <Policy team={owner} />}
        </div>
      </div>
    </>
  );
}

const Figures = ({ of }: { of: Seen }) => (
  <section class="card figures" aria-label={words.figures}>
    <Figure label={words.open} n={of.open_incidents} below={words.unacknowledged(of.unacknowledged_incidents)} />
    <Figure label={words.incidents} n={of.incidents.last_7d} below={words.month(of.incidents.last_30d)} />
    <Figure label={words.alerts} n={of.alerts.last_7d} below={words.month(of.alerts.last_30d)} />
  </section>
);

const Figure = ({ label, n, below }: { label: string; n: number; below: string }) => (
  <div>
    <span class="label">{label}</span>
    <span class="fig">{count(n)}</span>
    <span class="small muted">{below}</span>
  </div>
);

function OpenIncidents({ service }: { service: string }) {
  const asked = useQuery(
    `open of ${service}`,
    () => ports.incidents.list({ service, status: 'open,acknowledged,in_progress', per_page: OPEN_SHOWN }),
    { modules: ['incidents'] },
  );
  const { columns } = list;
  return (
    <div class="stack">
      <Listing title={words.openList} asked={asked} total={asked.value?.total} none={words.noOpen} rows={3}>
        <table class="rows">
          <Heads
            of={[
              { text: columns.severity, quiet: true },
              { text: columns.incident },
              { text: columns.state },
              { text: columns.assignee },
              { text: columns.openFor, num: true },
            ]}
          />
          <tbody>
            {(asked.value?.incidents ?? []).map((incident) => (
              <IncidentRow key={incident.id} incident={incident} />
            ))}
          </tbody>
        </table>
      </Listing>
      <p class="row small">
        <a href={hrefOfIncidents({ ...viewOf({}), service, status: UNRESOLVED })}>{words.openList}</a>
        <a href={hrefOfIncidents({ ...viewOf({}), service })}>{words.all}</a>
        <a href={`/alerts?service=${encodeURIComponent(service)}`}>{words.alertsLink}</a>
      </p>
    </div>
  );
}

const hrefOfTeam = (team: string): string => `/oncall/${encodeURIComponent(team)}`;

function OnCall({ team }: { team: string }) {
  const asked = useQuery('on call now', () => ports.oncall.onCallNow({}), { modules: ['oncall'] });
  const of = asked.value?.teams.find((each) => each.team === team);
  const people = [
    ...(of?.primaries ?? []).map((each) => ({ ...each, role: 'primary' as const })),
    ...(of?.secondaries ?? []).map((each) => ({ ...each, role: 'secondary' as const })),
  ];
  return (
    <Card title={words.onCall} end={<a href={hrefOfTeam(team)}>{words.calendar}</a>}>
      {asked.problem && !asked.value && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {!asked.value && !asked.problem && <Skeleton rows={2} />}
      {asked.value && (
        <ul class="list">
          {(of?.primaries.length ?? 0) === 0 && (
            <li>
              <Face name={null} large />
              <p class="worse">{words.nobody}</p>
            </li>
          )}
          {people.map(({ name, email, role, relieved_at }) => (
            <li key={`${role} ${email}`}>
              <Face name={name} email={email} large />
              <div class="grow">
                <strong>{name}</strong>
                <div class="small second dots">
                  <span>{words.roles[role]}</span>
                  {relieved_at !== null && <span>{words.until(when(relieved_at))}</span>}
                </div>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Policy({ team }: { team: string }) {
  const asked = useQuery(`policy ${team}`, () => ports.oncall.getPolicy({ team }), { modules: ['oncall'] });
  const people = usePeople();
  const names = new Map((people.value ?? []).map(({ email, name }) => [email, name]));
  return (
    <Card title={words.policy} end={<a href={`${hrefOfTeam(team)}/policy`}>{words.edit}</a>}>
      {asked.problem && !asked.value && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {!asked.value && !asked.problem && <Skeleton rows={3} />}
      {asked.value && <Ladder of={policyOf(asked.value)} names={names} />}
    </Card>
  );
}
