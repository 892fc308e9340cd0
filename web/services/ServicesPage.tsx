import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso';
import { pageIn } from '../live/address';
import { LateSearch, Listing } from '../live/ListCard';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { services as words } from '../text/services';
import { Button } from '../ui/button';
import { Badge } from '../ui/icons';
import { Page } from '../ui/page';
import { Heads } from '../ui/table';
import { useQuery } from '../useQuery';
import { RemoveOwner, SetOwner } from './SetOwner';
import { hrefOfList, hrefOfService, PER_PAGE, type Seen, TOUCHED } from './view';

/** Every service that alerts, incidents or the registry know; those without a responder come first. */
export function ServicesPage() {
  const { query, route } = useLocation();
  const q = query['q'] ?? '';
  const page = pageIn(query);
  const list = useQuery(
    `services seen ${q} ${page}`,
    () => ports.gateway.seenServices({ q, page, per_page: PER_PAGE }),
    TOUCHED,
  );
  const editing = useSignal<Partial<Seen> | null>(null);
  const forgetting = useSignal<string | null>(null);
  const mayEdit = mayAsk('oncall', 'setService');
  const close = () => {
    editing.value = null;
    forgetting.value = null;
    void list.again();
  };
  const { total = 0, unowned = 0, truncated = false, services = [] } = list.value ?? {};
  return (
    <Page
      title={words.title}
      heading={unowned > 0 ? words.headed(unowned) : words.title}
      below={
        list.value && (
          <p class="second">
            {words.below(total)} {truncated && words.truncated}
          </p>
        )
      }
      actions={
        mayEdit && (
          <div class="acts">
            <Button icon="plus" onClick={() => (editing.value = {})}>
              {words.add}
            </Button>
          </div>
        )
      }
    >
      <search class="bar" aria-label={words.filter}>
        <LateSearch
          label={words.search}
          hint={words.searchHint}
          value={q}
          onSettled={(text) => route(hrefOfList(text), true)}
        />
      </search>
      <Listing
        title={words.title}
        asked={list}
        total={list.value && total}
        none={q === '' ? words.none : words.noMatch}
        paging={{ page, perPage: PER_PAGE, href: (to) => hrefOfList(q, to) }}
        rows={6}
      >
        <Table
          of={services}
          {...(mayEdit && {
            onEdit: (seen) => (editing.value = seen),
            onForget: (name) => (forgetting.value = name),
          })}
        />
      </Listing>
      {editing.value && <SetOwner service={editing.value.service} team={editing.value.team ?? null} onClose={close} />}
      {forgetting.value && <RemoveOwner service={forgetting.value} onClose={close} />}
    </Page>
  );
}

const { columns } = words;
const HEADS = [{ text: columns.service }, { text: columns.team }];
const ACTIONS = { text: columns.actions, quiet: true };

interface Acts {
  onEdit?(seen: Seen): void;
  onForget?(service: string): void;
}

const Table = ({ of, ...acts }: Acts & { of: readonly Seen[] }) => (
  <table class="rows plain">
    <Heads of={acts.onEdit ? [...HEADS, ACTIONS] : HEADS} />
    <tbody>
      {of.map((seen) => (
        <Row key={seen.service} of={seen} {...acts} />
      ))}
    </tbody>
  </table>
);

const Row = ({ of: seen, onEdit, onForget }: Acts & { of: Seen }) => (
  <tr>
    <td class="c-what">
      <a class="t" href={hrefOfService(seen.service)}>
        {seen.service}
      </a>
      <Noise of={seen} />
    </td>
    <td class="c-state second">
      <Owner of={seen} />
    </td>
    {onEdit && (
      <td class="c-who num">
        {seen.owned_by === 'registry' ? (
          <>
            <Button small quiet icon="edit" label={`${words.edit}: ${seen.service}`} onClick={() => onEdit(seen)}>
              <span class="narrow">{words.edit}</span>
            </Button>
            <Button
              small
              quiet
              icon="trash"
              label={`${words.forget}: ${seen.service}`}
              onClick={() => onForget?.(seen.service)}
            >
              <span class="narrow">{words.forget}</span>
            </Button>
          </>
        ) : (
          <Button small onClick={() => onEdit(seen)}>
            {words.add}
            <span class="sr">: {seen.service}</span>
          </Button>
        )}
      </td>
    )}
  </tr>
);

const Noise = ({ of: { open_incidents, incidents, alerts } }: { of: Seen }) => (
  <div class="small muted dots">
    {open_incidents > 0 && <strong>{words.open(open_incidents)}</strong>}
    <span>
      {incidents.last_7d + alerts.last_7d === 0 ? words.quiet : words.noise(incidents.last_7d, alerts.last_7d)}{' '}
      {words.inSevenDays}
    </span>
  </div>
);

/** The team that is paged; in red if none is. */
export function Owner({ of: { team, owned_by, has_schedule } }: { of: Seen }) {
  if (team === null) return <Badge tone="bad">{words.noOwner}</Badge>;
  if (!has_schedule) return <Badge tone="bad">{words.noSchedule(team)}</Badge>;
  return (
    <span class="dots">
      <span>{team}</span>
      {owned_by === 'name' && <span class="muted">{words.byName}</span>}
      {owned_by === 'default' && <span class="muted">{words.byDefault}</span>}
    </span>
  );
}
