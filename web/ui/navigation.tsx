import type { ComponentChildren, Ref, RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { parts } from '../text/parts';
import { Button } from './button';
import { Icon } from './icons';

/** Controls that select a view: tabs, segments, chips, page numbers, search. The address holds the view. */

export interface Tab {
  id: string;
  text: string;
  count?: string | number | undefined;
}

interface TabLinksProps {
  label: string;
  tabs: readonly Tab[];
  current: string;
  href(id: string): string;
}

/** Scrolls the tabs until the current one is visible, if they do not fit. */
function useInSight<E extends HTMLElement>(current: string, selector: string): RefObject<E | null> {
  const strip = useRef<E>(null);
  useEffect(() => {
    const here = strip.current?.querySelector<HTMLElement>(selector);
    const end = here == null ? 0 : here.offsetLeft - (strip.current?.offsetLeft ?? 0) + here.offsetWidth;
    if (strip.current !== null) strip.current.scrollLeft = end - strip.current.clientWidth;
  }, [current]);
  return strip;
}

/** Tabs that are links. */
export function TabLinks({ label, tabs, current, href }: TabLinksProps) {
  const strip = useInSight<HTMLElement>(current, '[aria-current]');
  return (
    <nav class="tabs" aria-label={label} ref={strip}>
      {tabs.map(({ id, text, count }) => (
        <a href={href(id)} aria-current={id === current ? 'page' : undefined}>
          {text}
          {count !== undefined && <span class="n">{count}</span>}
        </a>
      ))}
    </nav>
  );
}

/** Tabs within a page; arrow keys move between them. Each panel is `id + '-panel'`. */
export function Tabs({
  label,
  tabs,
  current,
  onPick,
}: {
  label: string;
  tabs: readonly Tab[];
  current: string;
  onPick(id: string): void;
}) {
  const strip = useInSight<HTMLDivElement>(current, '[aria-selected=true]');
  const move = (event: KeyboardEvent, index: number) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = tabs[(index + step + tabs.length) % tabs.length] as Tab;
    onPick(next.id);
    document.getElementById(`${next.id}-tab`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={strip}>
      {tabs.map(({ id, text, count }, index) => (
        <button
          type="button"
          role="tab"
          id={`${id}-tab`}
          aria-controls={id === current ? `${id}-panel` : undefined}
          aria-selected={id === current}
          tabIndex={id === current ? 0 : -1}
          onClick={() => onPick(id)}
          onKeyDown={(event) => move(event, index)}
        >
          {text}
          {count !== undefined && <span class="n">{count}</span>}
        </button>
      ))}
    </div>
  );
}

export const Panel = ({ of, children }: { of: string; children: ComponentChildren }) => (
  <div class="stack" role="tabpanel" id={`${of}-panel`} aria-labelledby={`${of}-tab`}>
    {children}
  </div>
);

/** Two to four exclusive views. */
export const Segments = <T extends string>({
  label,
  of,
  current,
  onPick,
}: {
  label: string;
  of: readonly { id: T; text: string }[];
  current: T;
  onPick(id: T): void;
}) => (
  <div class="seg" role="group" aria-label={label}>
    {of.map(({ id, text }) => (
      <button type="button" aria-pressed={id === current} onClick={() => onPick(id)}>
        {text}
      </button>
    ))}
  </div>
);

/** A filter: dashed with a menu if unset, tinted with a cross if set. */
export function Chip({
  name,
  set,
  choices,
  onPick,
}: {
  name: string;
  set: string | null;
  choices: readonly { value: string; text: string }[];
  onPick(value: string | null): void;
}) {
  const chosen = choices.find(({ value }) => value === set)?.text ?? set;
  // Keeps the keyboard focus although one element replaces the other.
  const here = useRef<HTMLElement>(null);
  const picked = useRef(false);
  useEffect(() => {
    if (picked.current) here.current?.focus();
    picked.current = false;
  }, [set]);
  const pick = (value: string | null) => {
    picked.current = true;
    onPick(value);
  };
  if (set !== null) {
    return (
      <button type="button" class="chip set" ref={here as Ref<HTMLButtonElement>} onClick={() => pick(null)}>
        {name}: {chosen} <Icon name="x" />
        <span class="sr">{parts.remove}</span>
      </button>
    );
  }
  return (
    <label class="chip">
      <span aria-hidden="true">{name}</span> <Icon name="down" />
      <select
        class="over"
        aria-label={name}
        value=""
        ref={here as Ref<HTMLSelectElement>}
        onChange={(event) => pick(event.currentTarget.value || null)}
      >
        <option value="">{parts.any}</option>
        {choices.map(({ value, text }) => (
          <option value={value}>{text}</option>
        ))}
      </select>
    </label>
  );
}

const MOST_REPORTED = 50;

/** Keeps the typed text although a drawing meanwhile still has the older text. */
function useTyped(value: string, onInput: (text: string) => void) {
  const [text, setText] = useState(value);
  /** The texts that were reported and have not returned as the value yet. */
  const reported = useRef<string[]>([]);
  useEffect(() => {
    const at = reported.current.lastIndexOf(value);
    reported.current = at === -1 ? [] : reported.current.slice(at + 1);
    if (at === -1) setText(value);
  }, [value]);
  const typed = (to: string) => {
    reported.current = [...reported.current, to].slice(-MOST_REPORTED);
    setText(to);
    onInput(to);
  };
  return { text, typed };
}

export interface SearchProps {
  label: string;
  hint: string;
  value: string;
  onInput(text: string): void;
  id?: string;
}

export function Search({ label, hint, value, onInput, id = 'search' }: SearchProps) {
  const { text, typed } = useTyped(value, onInput);
  return (
    <div class="find">
      <Icon name="search" />
      <input
        class="input"
        id={id}
        type="search"
        placeholder={hint}
        aria-label={label}
        maxLength={200}
        autocomplete="off"
        value={text}
        onInput={(event) => typed(event.currentTarget.value)}
      />
    </div>
  );
}

export function Pages({
  page,
  perPage,
  total,
  href,
}: {
  page: number;
  perPage: number;
  total: number;
  href(page: number): string;
}) {
  const last = Math.max(1, Math.ceil(total / perPage));
  const from = total === 0 ? 0 : (page - 1) * perPage + 1;
  return (
    <nav class="pages small second" aria-label={parts.pages}>
      <span>{parts.range(from, Math.min(page * perPage, total), total)}</span>
      <span class="end row">
        {page > 1 && <Button small icon="prev" label={parts.previous} href={href(page - 1)} />}
        {last > 1 && <span class="nowrap wide">{parts.page(page, last)}</span>}
        {page < last && <Button small icon="next" label={parts.next} href={href(page + 1)} />}
      </span>
    </nav>
  );
}
