import { useSignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { hrefOfIncident } from '../incidents/cells';
import { creating } from '../incidents/newIncidentDialog';
import { usePeople } from '../people';
import { ports } from '../ports';
import { useServices } from '../services/known';
import { mayAsk } from '../session';
import { incidents as list } from '../text/incidents';
import { shell } from '../text/shell';
import { Icon, type Severity, SeverityMark } from '../ui/icons';
import { undoable, undoShownChange } from '../ui/toast';
import { useQuery } from '../useQuery';
import { isOpen, WAYS } from './nav';
import { pageActions, paletteShown } from './shown';

/** One field that finds pages, actions, incidents, services and people. */
export interface Entry {
  text: string;
  kind: string;
  icon?: string;
  severity?: Severity;
  keyName?: string;
  go(): void;
}

const { palette: words } = shell;
const SHOWN = 9;
const SHOWN_INCIDENTS = 4;

export function Palette() {
  const dialog = useRef<HTMLDialogElement>(null);
  const text = useSignal('');
  const at = useSignal(0);
  const entries = useEntries(text.value);
  const close = () => (paletteShown.value = false);
  useEffect(() => dialog.current?.showModal?.(), []);
  const pick = (entry: Entry | undefined) => {
    if (!entry) return;
    close();
    entry.go();
  };
  const keys: Record<string, () => void> = {
    ArrowDown: () => (at.value = Math.min(entries.length - 1, at.value + 1)),
    ArrowUp: () => (at.value = Math.max(0, at.value - 1)),
    Enter: () => pick(entries[at.value]),
  };
  return (
    <dialog
      class="dialog palette"
      ref={dialog}
      aria-label={words.label}
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div class="find">
        <Icon name="search" />
        <input
          class="input"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette"
          aria-activedescendant={entries.length > 0 ? `palette-${at.value}` : undefined}
          aria-label={words.label}
          autocomplete="off"
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
            at.value = 0;
          }}
          onKeyDown={(event) => {
            const act = keys[event.key];
            if (!act) return;
            event.preventDefault();
            act();
          }}
        />
      </div>
      <div role="listbox" id="palette" aria-label={words.results}>
        {entries.map((entry, index) => (
          <div role="option" id={`palette-${index}`} aria-selected={index === at.value} onClick={() => pick(entry)}>
            {entry.severity ? <SeverityMark of={entry.severity} quiet /> : <Icon name={entry.icon ?? 'next'} />}
            <span class="grow clip">{entry.text}</span>
            {entry.keyName ? <kbd>{entry.keyName}</kbd> : <span class="label">{entry.kind}</span>}
          </div>
        ))}
      </div>
      {entries.length === 0 && <p class="pad second">{words.none}</p>}
    </dialog>
  );
}

const ASK_AFTER_MS = 150;

/** The text after a short pause in typing; the server is asked for that, not for each letter. */
function useTextAfterPause(text: string): string {
  const [settled, settle] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => settle(text), ASK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

interface Found extends Entry {
  /** Further words that find the entry. */
  also?: string;
}

function useEntries(text: string): Entry[] {
  const { route } = useLocation();
  const go = (href: string) => () => route(href);
  const wanted = text.trim().toLowerCase();
  const q = useTextAfterPause(text.trim());
  const incidents = useQuery(`palette ${q}`, () => ports.incidents.list({ per_page: SHOWN, ...(q !== '' && { q }) }), {
    modules: ['incidents'],
  });
  const matches = ({ text: name, also = '' }: Found) => `${name} ${also}`.toLowerCase().includes(wanted);
  const found = (incidents.value?.incidents ?? []).map(({ id, title, severity }) => ({
    text: title,
    kind: words.kinds.incident,
    severity,
    go: go(hrefOfIncident(id)),
  }));
  const known = useKnown(go).filter(matches);
  // A typed text rather means an entry than a page of that name, so neither list hides the other.
  const ways = known.slice(0, wanted === '' ? SHOWN : SHOWN - Math.min(found.length, SHOWN_INCIDENTS));
  return [...ways, ...found].slice(0, SHOWN);
}

/** Actions, pages, teams, people and services: few enough to be filtered here. */
function useKnown(go: (href: string) => () => void): Found[] {
  const services = useServices();
  const teams = useQuery('teams', () => ports.oncall.teams({}), { modules: ['oncall'] });
  const people = usePeople();
  const create: Found = {
    text: list.create,
    kind: words.kinds.action,
    icon: 'plus',
    keyName: 'c',
    go: () => (creating.value = {}),
  };
  const { undo } = list.leads;
  const onPage = pageActions.value.map((action) => ({ ...action, kind: words.kinds.action }));
  return [
    ...(mayAsk('incidents', 'create') ? [create] : []),
    // Found by its verb alone: the title of the undone incident would outrank the incident that is searched for.
    ...(undoable.value === null ? [] : [{ text: undo, kind: words.kinds.action, keyName: 'u', go: undoShownChange }]),
    ...onPage,
    ...WAYS.filter(isOpen).map(({ text, icon, href, key }) => ({
      text,
      kind: words.kinds.page,
      icon,
      ...(key && { keyName: `g ${key}` }),
      go: go(href),
    })),
    ...(teams.value ?? []).map(({ team }) => ({
      text: team,
      kind: words.kinds.team,
      icon: 'oncall',
      go: go(`/oncall/${encodeURIComponent(team)}`),
    })),
    ...(people.value ?? []).map(({ name, email }) => ({
      text: name,
      also: email,
      kind: words.kinds.person,
      icon: 'user',
      go: go(`/incidents?assignee=${encodeURIComponent(email)}`),
    })),
    ...services.map(({ service, team }) => ({
      text: service,
      also: team ?? '',
      kind: words.kinds.service,
      icon: 'services',
      go: go(`/services/${encodeURIComponent(service)}`),
    })),
  ];
}
