import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso';
import type { ApiKey } from '../../src/gateway/contract';
import { pageIn } from '../live/address';
import { Confirm, FormDialog, textIn } from '../live/forms';
import { Listing } from '../live/ListCard';
import { ports } from '../ports';
import { admin } from '../text/admin';
import { Button } from '../ui/button';
import { Code } from '../ui/code';
import { Dialog } from '../ui/dialog';
import { Badge } from '../ui/icons';
import { Heads } from '../ui/table';
import { Ago } from '../ui/time';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';
import { ROLES } from './Users';

const { keys: words } = admin;
const PER_PAGE = 50;
const USED_EVERY_MS = 15_000;
const hrefOf = (page: number): string => (page > 1 ? `/admin?tab=keys&page=${page}` : '/admin?tab=keys');

/** The API keys of programs; a key is shown once, when it is created. */
export function Keys() {
  const { query } = useLocation();
  const page = pageIn(query);
  const list = useQuery(`keys-${page}`, () => ports.gateway.listKeys({ page, per_page: PER_PAGE }), {
    modules: ['gateway'],
    // The use of a key has no event, so this is polled.
    everyMs: USED_EVERY_MS,
  });
  const making = useSignal(false);
  const made = useSignal<{ name: string; key: string } | null>(null);
  const revoking = useSignal<ApiKey | null>(null);
  const close = () => {
    making.value = false;
    revoking.value = null;
    void list.again();
  };
  return (
    <>
      <div class="acts">
        <Button main icon="plus" onClick={() => (making.value = true)}>
          {words.create}
        </Button>
      </div>
      <Listing
        title={admin.tabs.keys}
        asked={list}
        total={list.value?.total}
        none={words.none}
        paging={{ page, perPage: PER_PAGE, href: hrefOf }}
        rows={4}
      >
        <Table of={list.value?.api_keys ?? []} turning={list.turning} onRevoke={(key) => (revoking.value = key)} />
      </Listing>
      {making.value && <NewKey onClose={close} onMade={(key) => (made.value = key)} />}
      {made.value && (
        <Dialog title={words.onceTitle(made.value.name)} onClose={() => (made.value = null)}>
          <p class="second">{words.once}</p>
          <Code label={made.value.name}>{made.value.key}</Code>
        </Dialog>
      )}
      {revoking.value && <Revoke of={revoking.value} onClose={close} />}
    </>
  );
}

const { columns } = words;
const HEADS = [
  { text: columns.key },
  { text: columns.role },
  { text: columns.used, num: true },
  { text: columns.actions, quiet: true },
];

interface TableProps {
  of: readonly ApiKey[];
  turning: boolean;
  onRevoke(key: ApiKey): void;
}

const Table = ({ of, turning, onRevoke }: TableProps) => (
  <table class="rows plain" aria-busy={turning}>
    <Heads of={HEADS} />
    <tbody>
      {of.map((key) => (
        <tr key={key.id} class={key.revoked_at ? 'is-resolved' : undefined}>
          <td class="c-what">
            <span class="t">{key.name}</span>
            <div class="small muted dots">
              <span class="mono">{key.prefix}…</span>
              <span>
                <Ago at={key.created_at} /> {words.by(key.created_by)}
              </span>
            </div>
          </td>
          <td class="c-state second">{admin.roles[key.role]}</td>
          <td class="c-age num small second">
            <span class="narrow">{columns.used} </span>
            {key.last_used_at ? <Ago at={key.last_used_at} /> : words.never}
          </td>
          <td class="c-who num">
            {key.revoked_at ? (
              <Badge>{words.revoked}</Badge>
            ) : (
              <Button small quiet onClick={() => onRevoke(key)}>
                {words.revoke}
                <span class="sr">{key.name}</span>
              </Button>
            )}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

const NewKey = ({ onClose, onMade }: { onClose(): void; onMade(key: { name: string; key: string }): void }) => (
  <FormDialog
    title={words.dialog.title}
    verb={words.dialog.verb}
    onClose={onClose}
    act={async (form) => {
      const { name, api_key } = await ports.gateway.createKey({
        name: textIn(form, 'name'),
        role: textIn(form, 'role') as ApiKey['role'],
      });
      onMade({ name, key: api_key });
    }}
    fields={[
      {
        ...{ name: 'name', label: words.dialog.name, hint: words.dialog.nameHint },
        ...{ required: true, maxLength: 100, autocomplete: 'off' },
      },
      {
        ...{ kind: 'select', name: 'role', label: words.dialog.role, hint: words.dialog.roleHint },
        ...{ choices: ROLES, value: 'responder' },
      },
    ]}
  />
);

const Revoke = ({ of: { id, name }, onClose }: { of: ApiKey; onClose(): void }) => (
  <Confirm
    {...words.revoking}
    title={words.revoking.title(name)}
    onClose={onClose}
    act={async () => {
      await ports.gateway.revokeKey({ id });
      say(words.revoking.done(name));
    }}
  />
);
