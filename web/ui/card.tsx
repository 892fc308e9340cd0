import { type ComponentChildren, toChildArray } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { parts } from '../text/parts';
import { Icon } from './icons';

/** Cards, and what they show while they are empty or loading. */

export interface CardProps {
  title: ComponentChildren;
  /** The number of items. */
  count?: number | string | undefined;
  /** One link or mark at the end of the header. */
  end?: ComponentChildren;
  footer?: ComponentChildren;
  hideTitle?: boolean;
  children: ComponentChildren;
}

export function Card({ title, count, end, footer, hideTitle = false, children }: CardProps) {
  const id = useId();
  return (
    <section class="card" aria-labelledby={id}>
      {hideTitle ? (
        <h2 id={id} class="sr">
          {title}
        </h2>
      ) : (
        <header>
          <h2 id={id}>{title}</h2>
          {count !== undefined && <span class="n">{count}</span>}
          {end && <span class="end small">{end}</span>}
        </header>
      )}
      {children}
      {footer && <footer>{footer}</footer>}
    </section>
  );
}

/** An empty list: one fact, one next step. */
export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="empty">
    <h3>{title}</h3>
    {toChildArray(children).length > 0 && <div class="stack tight second">{children}</div>}
  </div>
);

const BONES_AFTER_MS = 300;

/** The outline of the content; shown only if loading takes long. */
export function Skeleton({ rows = 3 }: { rows?: number }) {
  const [shown, show] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => show(true), BONES_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="pad" role="status" aria-label={parts.loading}>
      <svg width="100%" height={rows * 56 - 16} aria-hidden="true">
        {shown &&
          Array.from({ length: rows }, (_, row) => (
            <>
              <rect class="bone" width="16" height="16" y={row * 56 + 4} rx="4" />
              <rect class="bone" x="32" y={row * 56 + 2} width={`${62 - row * 7}%`} height="12" rx="4" />
              <rect class="bone" x="32" y={row * 56 + 22} width={`${24 + row * 5}%`} height="10" rx="4" />
            </>
          ))}
      </svg>
    </div>
  );
}

export interface BannerProps {
  tone?: 'warn' | 'bad';
  children: ComponentChildren;
  /** One button. */
  action?: ComponentChildren;
}

export const Banner = ({ tone, children, action }: BannerProps) => (
  <div class={`banner ${tone ?? ''}`} role={tone === 'bad' ? 'alert' : 'status'}>
    <Icon name={tone ? 'warn' : 'info'} />
    <p>{children}</p>
    {action}
  </div>
);

/** Terms with their descriptions. */
export const Facts = ({
  of,
  small = false,
}: {
  of: readonly (readonly [string, ComponentChildren])[];
  small?: boolean;
}) => (
  <dl class={`facts${small ? ' small' : ''}`}>
    {of.map(([term, description]) => (
      <>
        <dt>{term}</dt>
        <dd>{description}</dd>
      </>
    ))}
  </dl>
);
