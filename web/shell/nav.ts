import { role } from '../session';
import type { Way } from './ways';

export { WAYS } from './ways';

/** Whether the role of the viewer can open it. */
export const isOpen = ({ admin }: Way): boolean => !admin || role.value === 'admin';

export const isAt = (path: string, href: string): boolean =>
  href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`);
