import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso';
import type { User } from '../../src/gateway/contract';
import { pageIn } from '../live/address';
import type { FormField } from '../live/formFields';
import { Confirm, FormDialog, textIn } from '../live/forms';
import { Listing } from '../live/ListCard';
import { ports } from '../ports';
import { PersonLink } from '../reach/PersonLink';
import { isMe } from '../session';
import { admin } from '../text/admin';
import { Button } from '../ui/button';
import { Badge } from '../ui/icons';
import { Heads } from '../ui/table';
import { Ago } from '../ui/time';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';

const { users: words } = admin;
const PER_PAGE = 50;
export const ROLES = Object.entries(admin.roles).map(([value, text]) => ({ value, text }));
const { columns } = words;
const HEADS = [
  { text: columns.user },
  { text: columns.role },
  { text: columns.seen, num: true },
  { text: columns.actions, quiet: true },
];
const hrefOf = (page: number): string => (page > 1 ? `/admin?page=${page}` : '/admin');

/** The users and their roles. */
export function Users() {
  const { query } = useLocation();
  const page = pageIn(query);
  const list = useQuery(`users-${page}`, () => ports.gateway.listUsers({ page, per_page: PER_PAGE }), {
    modules: ['gateway'],
  });
  const editing = useSignal<User | 'new' | null>(null);
  const removing = useSignal<User | null>(null);
  const close = () => {
    editing.value = null;
    removing.value = null;
    void list.again();
  };
  return (
    <>
      <div class="acts">
        <Button main icon="plus" onClick={() => (editing.value = 'new')}>
          {words.create}
        </Button>
      </div>
      <Listing
        title={admin.tabs.users}
        asked={list}
        total={list.value?.total}
        none={words.none}
        paging={{ page, perPage: PER_PAGE, href: hrefOf }}
        rows={4}
      >
        <table class="rows plain" aria-busy={list.turning}>
          <Heads of={HEADS} />
          <tbody>
            {list.value?.users.map((user) => (
              <Row
                key={user.id}
                user={user}
                onEdit={() => (editing.value = user)}
                onRemove={() => (removing.value = user)}
              />
            ))}
          </tbody>
        </table>
      </Listing>
      {editing.value === 'new' && <NewUser onClose={close} />}
      {editing.value && editing.value !== 'new' && <EditUser user={editing.value} onClose={close} />}
      {removing.value && <RemoveUser user={removing.value} onClose={close} />}
    </>
  );
}

const Row = ({ user, onEdit, onRemove }: { user: User; onEdit(): void; onRemove(): void }) => (
  <tr>
    <td class="c-what">
      <PersonLink name={user.username} email={user.email}>
        {user.disabled && <Badge>{words.disabled}</Badge>}
      </PersonLink>
      <div class="small muted">{user.email ?? words.noEmail}</div>
    </td>
    <td class="c-state second">{admin.roles[user.role]}</td>
    <td class="c-age num small second">
      <span class="narrow">{words.columns.seen} </span>
      {user.last_login_at ? <Ago at={user.last_login_at} /> : words.never}
    </td>
    <td class="c-who num">
      <Button small quiet icon="edit" label={`${words.edit}: ${user.username}`} onClick={onEdit}>
        <span class="narrow">{words.edit}</span>
      </Button>
      {!isMe(user.username) && (
        <Button small quiet icon="trash" label={`${words.remove}: ${user.username}`} onClick={onRemove}>
          <span class="narrow">{words.remove}</span>
        </Button>
      )}
    </td>
  </tr>
);

const NewUser = ({ onClose }: { onClose(): void }) => (
  <FormDialog
    title={words.dialog.create}
    verb={words.dialog.createVerb}
    onClose={onClose}
    act={async (form) => {
      const email = textIn(form, 'email');
      const { username } = await ports.gateway.createUser({
        username: textIn(form, 'username'),
        password: String(form.get('password') ?? ''),
        role: textIn(form, 'role') as User['role'],
        ...(email !== '' && { email }),
      });
      say(words.dialog.added(username));
    }}
    fields={[
      {
        ...{ name: 'username', label: words.dialog.name, required: true, maxLength: 255 },
        ...{ autocomplete: 'off', autocapitalize: 'none' },
      },
      emailField(),
      {
        ...{ name: 'password', label: words.dialog.password, hint: words.dialog.passwordHint },
        ...{ type: 'password', autocomplete: 'new-password', required: true, maxLength: 1024 },
      },
      roleField('responder'),
    ]}
  />
);

function EditUser({ user, onClose }: { user: User; onClose(): void }) {
  const mine = isMe(user.username);
  const act = async (form: FormData) => {
    const email = textIn(form, 'email');
    const password = String(form.get('password') ?? '');
    await ports.gateway.updateUser({
      id: user.id,
      email: email === '' ? null : email,
      ...(password !== '' && { password }),
      ...(!mine && { role: textIn(form, 'role') as User['role'], disabled: form.get('disabled') !== null }),
    });
    say(words.dialog.saved(user.username));
  };
  return (
    <FormDialog
      title={words.dialog.edit(user.username)}
      verb={words.dialog.editVerb}
      onClose={onClose}
      act={act}
      fields={[
        emailField(user.email ?? ''),
        {
          ...{ name: 'password', label: words.dialog.newPassword, hint: words.dialog.newPasswordHint },
          ...{ type: 'password', autocomplete: 'new-password', optional: true, maxLength: 1024 },
        },
        ...(mine ? [] : [roleField(user.role), disabledField(user.disabled)]),
      ]}
    />
  );
}

const emailField = (defaultValue = ''): FormField => ({
  ...{ name: 'email', label: words.dialog.email, hint: words.dialog.emailHint, defaultValue },
  ...{ type: 'email', optional: true, maxLength: 255, autocomplete: 'off' },
});

const roleField = (value: User['role']): FormField => ({
  ...{ kind: 'select', name: 'role', label: words.dialog.role, hint: admin.rolesHint, choices: ROLES, value },
});

const disabledField = (defaultChecked: boolean): FormField => ({
  ...{ kind: 'tick', name: 'disabled', label: words.dialog.disabled, defaultChecked },
});

const RemoveUser = ({ user: { id, username }, onClose }: { user: User; onClose(): void }) => (
  <Confirm
    {...words.removing}
    title={words.removing.title(username)}
    onClose={onClose}
    act={async () => {
      await ports.gateway.deleteUser({ id });
      say(words.removing.done(username));
    }}
  />
);
