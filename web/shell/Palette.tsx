import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useAsked } from '../asking';
import { creating } from '../incidents/creating';
import { hrefOfIncident } from '../incidents/rows';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { Icon, type Severity, SeverityMark } from '../ui/marks';
import { incidents } from '../words/incidents';
import { shell } from '../words/shell';
import { isOpen, WAYS } from './nav';
import { paletteShown } from './shown';

/** One field that leads anywhere: pages, actions, incidents, services, people. */
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

function useEntries(text: string): Entry[] {
  const { route } = useLocation();
  const wanted = text.trim().toLowerCase();
  const recent = useAsked('palette-incidents', () => ports.incidents.list({ per_page: 100 }));
  const services = useAsked('services', () => ports.oncall.services({}));
  const go = (href: string) => () => route(href);
  const all: Entry[] = [
    ...(mayAsk('incidents', 'create')
      ? [
          {
            text: incidents.create,
            kind: words.kinds.action,
            icon: 'plus',
            keyName: 'c',
            go: () => (creating.value = {}),
          },
        ]
      : []),
    ...WAYS.filter(isOpen).map(({ text: name, icon, href, key }) => ({
      text: name,
      kind: words.kinds.page,
      icon,
      ...(key && { keyName: `g ${key}` }),
      go: go(href),
    })),
    ...(recent.value?.incidents ?? []).map(({ id, title, severity, service }) => ({
      text: title,
      also: `${id} ${service}`,
      kind: words.kinds.incident,
      severity,
      go: go(hrefOfIncident(id)),
    })),
    ...(services.value ?? []).map(({ service }) => ({
      text: service,
      kind: words.kinds.service,
      icon: 'services',
      go: go(`/incidents?service=${encodeURIComponent(service)}`),
    })),
  ];
  const matches = (entry: Entry & { also?: string }) =>
    `${entry.text} ${entry.also ?? ''}`.toLowerCase().includes(wanted);
  return all.filter(matches).slice(0, SHOWN);
}
