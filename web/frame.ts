import { WAYS } from './shell/ways';
import { parts } from './text/parts';
import { shell } from './text/shell';

/**
 * The frame of every page as plain HTML. The build writes it into the shell, so it is visible with the first response
 * of the server, before any script. Screen readers and the keyboard skip it; web/firstLoad.ts removes it.
 */

const icon = (name: string): string => `<svg class="i"><use href="#i-${name}"/></svg>`;

const ways = WAYS.filter(({ admin }) => !admin)
  .map(
    ({ href, text, icon: name, thumb }) =>
      `<li${thumb ? ' class="thumb"' : ''}><a data-way="${href}">${icon(name)}<span>${text}</span></a></li>`,
  )
  .join('');

const BONES = Array.from(
  { length: 6 },
  (_, row) =>
    `<rect class="bone" width="16" height="16" y="${row * 56 + 4}" rx="4"/>` +
    `<rect class="bone" x="32" y="${row * 56 + 2}" width="${62 - row * 7}%" height="12" rx="4"/>` +
    `<rect class="bone" x="32" y="${row * 56 + 22}" width="${24 + row * 5}%" height="10" rx="4"/>`,
).join('');

export const frame = `<div id="frame" aria-hidden="true" inert><div class="shell">
<div class="side"><div class="top"><span class="brand">Tocsin</span><span class="btn jump">${icon('search')}<span>${shell.jump}</span></span></div>
<div class="nav"><ul>${ways}<li class="thumb more"><button type="button">${icon('menu')}<span>${shell.more}</span></button></li></ul></div></div>
<div class="main"><div class="head"><p class="h1"></p></div>
<div class="card"><div class="pad" role="status" aria-label="${parts.loading}"><svg width="100%" height="320">${BONES}</svg></div></div></div>
</div></div>`;

/** Marks the current page before the first drawing; login and set-up have no frame. */
export const script = `(() => {
  const frame = document.getElementById('frame');
  const base = document.documentElement.dataset.base ?? '';
  const path = location.pathname.slice(base.length) || '/';
  if (path === '/login' || path === '/setup') return frame.remove();
  for (const way of frame.querySelectorAll('[data-way]')) {
    if (way.dataset.way !== '/' + path.split('/')[1]) continue;
    way.setAttribute('aria-current', 'page');
    if (path === way.dataset.way) frame.querySelector('.h1').textContent = way.textContent;
  }
})();`;
