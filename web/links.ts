import { options } from 'preact';
import { BASE, withBase } from './base';

/** Adds the prefix to every link that is drawn, so that it also works in a new tab. */
export function linkBelowBase(): void {
  if (BASE === '') return;
  const before = options.vnode;
  options.vnode = (vnode) => {
    const props = vnode.props as { href?: unknown };
    if (vnode.type === 'a' && typeof props.href === 'string') props.href = withBase(props.href);
    before?.(vnode);
  };
}
