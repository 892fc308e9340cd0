import { ask, showFault } from './api.js';

// One script for both ways in: with a password, and with the one-time set-up link.
const form = document.getElementById('form');
const button = form.querySelector('button');
const token = new URLSearchParams(location.search).get('token');
const setup = location.pathname === '/setup';

// The token works once; until then it should not stand in the address bar or in the history.
if (token) history.replaceState(null, '', location.pathname);

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  showFault(null);
  button.disabled = true;
  const given = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));
  try {
    if (setup) await ask('POST', '/api/v1/auth/setup', { ...given, token: token ?? '' });
    else await ask('POST', '/api/v1/auth/login', given);
    location.assign('/');
  } catch (error) {
    showFault(error.message);
    button.disabled = false;
    document.getElementById('password').focus();
  }
});
