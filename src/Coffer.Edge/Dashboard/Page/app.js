// The page: who is signed in, which view is shown, and what all views need to know of the server.
import { api, get, session } from './api.js';
import { h, failure, toast } from './dom.js';
import { joined } from './chart.js';
import { signIn } from './views/sign-in.js';
import { overview } from './views/overview.js';
import { appView } from './views/app.js';
import { denials } from './views/denials.js';
import { events } from './views/events.js';
import { logs } from './views/logs.js';

const main = document.getElementById('main');
const nav = document.getElementById('nav');
const connection = document.getElementById('connection');
const signOut = document.getElementById('sign-out');
const pollEvery = 2000;

/** What the server said last; views are told when it is newer. */
const state = { status: null, apps: null, samples: [], now: Date.now(), listeners: new Set() };
let view = null;
let timer = null;
let failures = 0;

async function poll() {
  clearTimeout(timer);
  if (!session.token) return;
  try {
    const after = state.samples.at(-1)?.time ?? 0;
    const [status, apps, samples] = await Promise.all([get('/v1/status'), get('/v1/apps'), get(`/v1/metrics?after=${after}`)]);
    state.status = status;
    state.apps = apps;
    state.samples = joined(state.samples, samples);
    // The server's clock is the one that the samples are by.
    state.now = state.samples.at(-1)?.time ?? Date.now();
    failures = 0;
    connected(true);
    state.listeners.forEach(listener => listener(state));
  } catch (problem) {
    if (problem.status === 401) return;
    failures++;
    connected(false);
  }
  timer = setTimeout(poll, Math.min(pollEvery * 2 ** failures, 30_000));
}

function connected(isUp) {
  connection.hidden = false;
  connection.classList.toggle('lost', !isUp);
  const text = isUp ? 'Connected' : 'Connection lost, trying again';
  if (connection.textContent !== text) connection.textContent = text;
  const badge = document.getElementById('denial-count');
  const count = state.status?.denials ?? 0;
  badge.hidden = count === 0;
  badge.textContent = count > 99 ? '99+' : String(count);
  badge.setAttribute('aria-label', `${count} denials`);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function route() {
  const [, page = '', rest = ''] = location.hash.split('/');
  const name = decoded(rest);
  const context = { state, refresh: poll, watch: listener => { state.listeners.add(listener); if (state.status) listener(state); } };
  if (!session.token) return signIn(start);
  switch (page) {
    case '': return overview(context);
    case 'apps': return appView(context, name);
    case 'denials': return denials(context);
    case 'events': return events(context);
    case 'logs': return logs(context, name);
    default: return { element: failure(new Error('There is no such page.')) };
  }
}

function show(isFirst = false) {
  view?.close?.();
  state.listeners.clear();
  nav.hidden = signOut.hidden = !session.token;
  connection.hidden = !session.token || !state.status;
  view = route();
  main.replaceChildren(...[view.element].flat());
  const page = location.hash.split('/')[1] ?? '';
  for (const link of nav.querySelectorAll('a')) {
    if ((link.hash.split('/')[1] ?? '') === page) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const title = main.querySelector('h1');
  document.title = title ? `${title.textContent} · Coffer` : 'Coffer';
  view.opened?.();
  if (isFirst || view.opened || !title) return;
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function start() {
  Object.assign(state, { status: null, apps: null, samples: [] });
  if (location.hash !== '' && location.hash !== '#/') location.hash = '#/';
  else show();
  poll();
}

function end(message) {
  session.token = null;
  clearTimeout(timer);
  show();
  if (message) toast(message);
}

const theme = document.getElementById('theme');
function showTheme() {
  const chosen = document.documentElement.dataset.theme ?? 'auto';
  const prefix = document.createElement('span');
  prefix.className = 'wide';
  prefix.textContent = 'Theme: ';
  theme.replaceChildren(prefix, chosen);
  theme.setAttribute('aria-label', `Theme: ${chosen}`);
}
theme.addEventListener('click', () => {
  const order = ['auto', 'light', 'dark'];
  const next = order[(order.indexOf(document.documentElement.dataset.theme ?? 'auto') + 1) % order.length];
  if (next === 'auto') {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem('coffer-theme');
  } else {
    document.documentElement.dataset.theme = next;
    localStorage.setItem('coffer-theme', next);
  }
  showTheme();
});

document.querySelector('.skip').addEventListener('click', event => {
  // The fragment of the address says which view is shown.
  event.preventDefault();
  main.focus();
});
signOut.addEventListener('click', () => end('Signed out.'));
document.addEventListener('coffer-signed-out', () => end('The token does not count any more. Sign in again.'));
addEventListener('hashchange', () => show());
document.addEventListener('visibilitychange', () => { if (!document.hidden) poll(); });

showTheme();
show(true);
poll();
