import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso';
import { useAsked } from '../asking';
import { Confirm, FormDialog, textIn } from '../live/forms';
import { Listing } from '../live/listing';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { Button } from '../ui/button';
import { SelectField, TextField } from '../ui/field';
import { Page } from '../ui/page';
import { Heads } from '../ui/table';
import { say } from '../ui/toast';
import { Search } from '../ui/views';
import { services as words } from '../words/services';

interface Owned {
  service: string;
  team: string;
}

/** Which team an incident of which service pages. */
export function ServicesPage() {
  const { query, route } = useLocation();
  const list = useAsked('services', () => ports.oncall.services({}), { modules: ['oncall'] });
  const editing = useSignal<Partial<Owned> | null>(null);
  const forgetting = useSignal<string | null>(null);
  const q = query['q'] ?? '';
  const mayEdit = mayAsk('oncall', 'setService');
  const close = () => {
    editing.value = null;
    forgetting.value = null;
    void list.again();
  };
  const wanted = q.trim().toLowerCase();
  const found = (list.value ?? []).filter(({ service, team }) => `${service} ${team}`.toLowerCase().includes(wanted));
  return (
    <Page
      title={words.title}
      below={list.value && list.value.length > 0 && <p class="second">{words.below(list.value.length)}</p>}
      actions={
        mayEdit && (
          <div class="acts">
            <Button main icon="plus" onClick={() => (editing.value = {})}>
              {words.add}
            </Button>
          </div>
        )
      }
    >
      {(list.value?.length ?? 0) > 0 && (
        <search class="bar" aria-label={words.filter}>
          <Search
            label={words.search}
            hint={words.searchHint}
            value={q}
            onInput={(text) => route(text === '' ? '/services' : `/services?${new URLSearchParams({ q: text })}`, true)}
          />
        </search>
      )}
      <Listing
        title={words.title}
        asked={list}
        total={list.value && found.length}
        none={q === '' ? words.none : words.noMatch}
        rows={6}
      >
        <Table
          of={found}
          {...(mayEdit && {
            onEdit: (owned) => (editing.value = owned),
            onForget: (name) => (forgetting.value = name),
          })}
        />
      </Listing>
      {editing.value && <SetOwner of={editing.value} onClose={close} />}
      {forgetting.value && <Forget service={forgetting.value} onClose={close} />}
    </Page>
  );
}

const { columns } = words;
const HEADS = [{ text: columns.service }, { text: columns.team }];
const ACTIONS = { text: columns.actions, quiet: true };

interface TableProps {
  of: readonly Owned[];
  onEdit?(owned: Owned): void;
  onForget?(service: string): void;
}

const Table = ({ of, onEdit, onForget }: TableProps) => (
  <table class="rows plain">
    <Heads of={onEdit ? [...HEADS, ACTIONS] : HEADS} />
    <tbody>
      {of.map((owned) => (
        <tr key={owned.service}>
          <td class="c-what">
            <a class="t" href={`/incidents?service=${encodeURIComponent(owned.service)}`}>
              {owned.service}
            </a>
          </td>
          <td class="c-state second">{owned.team}</td>
          {onEdit && (
            <td class="c-who num">
              <Button small quiet icon="edit" label={`${words.edit}: ${owned.service}`} onClick={() => onEdit(owned)} />
              <Button
                small
                quiet
                icon="trash"
                label={`${words.forget}: ${owned.service}`}
                onClick={() => onForget?.(owned.service)}
              />
            </td>
          )}
        </tr>
      ))}
    </tbody>
  </table>
);

function SetOwner({ of, onClose }: { of: Partial<Owned>; onClose(): void }) {
  const teams = useAsked('teams', () => ports.oncall.teams({}), { modules: ['oncall'] });
  const { dialog } = words;
  const known = of.service;
  const act = async (form: FormData) => {
    const answer = await ports.oncall.setService({
      service: known ?? textIn(form, 'service'),
      team: textIn(form, 'team'),
    });
    say(dialog.done(answer.service, answer.team));
  };
  return (
    <FormDialog
      title={known === undefined ? dialog.add : dialog.edit(known)}
      verb={dialog.verb}
      fields={['service', 'team']}
      onClose={onClose}
      act={act}
    >
      {(faults) => (
        <>
          {known === undefined && (
            <TextField
              label={dialog.service}
              name="service"
              hint={dialog.serviceHint}
              fault={faults['service']}
              required
              maxLength={255}
              autocomplete="off"
            />
          )}
          <SelectField
            key={teams.value ? 'known' : 'asked'}
            label={dialog.team}
            name="team"
            fault={faults['team']}
            choices={(teams.value ?? []).map(({ team }) => ({ value: team, text: team }))}
            value={of.team ?? ''}
            required
          />
          {teams.value?.length === 0 && (
            <p class="hint">
              {words.noTeams.text} <a href="/oncall?tab=schedules">{words.noTeams.go}</a>
            </p>
          )}
        </>
      )}
    </FormDialog>
  );
}

const Forget = ({ service, onClose }: { service: string; onClose(): void }) => (
  <Confirm
    {...words.forgetting}
    title={words.forgetting.title(service)}
    onClose={onClose}
    act={async () => {
      await ports.oncall.deleteService({ service });
      say(words.forgetting.done(service));
    }}
  />
);
