import { options } from 'preact';
import { BASE, withBase } from './base';

/** Every link that is drawn leads below the prefix, also if it is opened in another tab. */
export function linkBelowBase(): void {
  if (BASE === '') return;
  const before = options.vnode;
  options.vnode = (vnode) => {
    const props = vnode.props as { href?: unknown };
    if (vnode.type === 'a' && typeof props.href === 'string') props.href = withBase(props.href);
    before?.(vnode);
  };
}
