import { appPath, get, post } from '../api.js';
import { empty, failure, h, loading, toast, update } from '../dom.js';
import { joined } from '../chart.js';
import { ago, bytes, count, digest, milliseconds } from '../format.js';
import { actions, confirm } from './deploy.js';
import { eventList } from './events.js';
import { charts } from './overview.js';

const fates = { stable: 'serves', candidate: 'candidate', superseded: 'superseded', aborted: 'given up', 'rolled-back': 'rolled back' };

function versions(context, app, list) {
  const back = version => async () => {
    if (!await confirm({ title: `Go back to version ${version.number}?`, text: `It will serve all requests of ${app.name} at once.`, action: 'Go back', danger: true })) return;
    try {
      await post(`${appPath(app.name)}/rollback`, { version: version.number });
      toast(`Version ${version.number} of ${app.name} serves.`);
    } catch (problem) {
      toast(problem.message);
    }
    context.refresh();
  };
  return h('table', {}, h('thead', {}, h('tr', {}, ['Version', 'Module', 'Deployed', 'State'].map(text => h('th', { scope: 'col' }, text)), h('th', { scope: 'col' }, h('span', { class: 'unseen' }, 'Actions')))),
    h('tbody', {}, list.map(version => h('tr', {},
      h('td', { 'data-label': 'Version' }, h('strong', {}, `v${version.number}`)),
      h('td', { 'data-label': 'Module', class: 'mono' }, digest(version.digest)),
      h('td', { 'data-label': 'Deployed' }, h('time', { datetime: version.created, title: new Date(version.created).toLocaleString() }, ago(version.created))),
      h('td', { 'data-label': 'State' }, h('span', { class: `tag ${version.fate}` }, fates[version.fate] ?? version.fate)),
      h('td', { class: 'end' }, !['stable', 'candidate'].includes(version.fate)
        && h('button', { type: 'button', class: 'small', 'data-key': `back ${version.number}`, 'aria-label': `Go back to version ${version.number}`, click: back(version) }, 'Go back to this'))))));
}

function facts(app) {
  const faults = Object.entries(app.faults);
  const tile = (label, value, note) => h('div', { class: 'tile' }, h('dt', {}, label), h('dd', {}, value), h('dd', { class: 'note' }, note));
  return [
    tile('Requests', count(app.requests), `${count(app.errors)} with 5xx`),
    tile('Running', String(app.running), `${app.waiting} waiting`),
    tile('Processor', milliseconds(app.requests ? app.processorSeconds * 1000 / app.requests : null), 'a request'),
    tile('Memory', app.memoryPeak ? bytes(app.memoryPeak) : '–', 'most of a sandbox'),
    tile('Faults', count(faults.reduce((sum, [, number]) => sum + number, 0)), faults.map(([kind, number]) => `${kind.replaceAll('_', ' ')} ${number}`).join(', ') || 'none'),
  ];
}

export function appView(context, name) {
  const under = h('p', {}, '');
  const buttons = h('div', { class: 'actions' });
  const numbers = h('dl', { class: 'tiles' });
  const list = h('div', {}, loading());
  const happened = h('div', {}, loading());
  const { requests, latency } = charts();
  let samples = [];
  let isOpen = true;
  let known = '';
  async function load(app, now) {
    try {
      const more = await get(`${appPath(name)}/metrics?after=${samples.at(-1)?.time ?? 0}`);
      samples = joined(samples, more);
      requests.show(samples, now);
      latency.show(samples, now);
      const stamp = JSON.stringify([app.stable?.number, app.candidate?.number, app.weight, app.routes]);
      if (stamp === known) return;
      const [all, events] = await Promise.all([app.source === 'deployment' ? get(`${appPath(name)}/versions`) : [], get(`${appPath(name)}/events?limit=20`)]);
      if (!isOpen) return;
      known = stamp;
      update(list, all.length ? versions(context, app, all) : empty('No versions', 'This app is one of the configuration; it changes when its file does.'));
      update(happened, eventList(events));
    } catch (problem) {
      update(list, failure(problem));
    }
  }
  context.watch(({ apps, now }) => {
    const app = apps.find(each => each.name === name);
    if (!app) {
      update(list, failure(new Error(`There is no app ${name} (any more).`)));
      update(buttons);
      update(happened);
      return;
    }
    under.replaceChildren(h('span', { class: 'mono' }, app.routes?.join('  ') ?? 'routes by the configuration'));
    update(buttons, actions(context, app), h('a', { class: 'button', href: `#/logs/${encodeURIComponent(name)}` }, 'Logs'));
    update(numbers, facts(app));
    load(app, now);
  });
  return {
    element: [
      h('div', { class: 'head' }, h('div', {}, h('h1', {}, name), under), buttons),
      numbers,
      h('div', { class: 'pair' }, requests.element, latency.element),
      h('section', { class: 'card' }, h('header', {}, h('h2', {}, 'Versions')), list),
      h('section', { class: 'card' }, h('header', {}, h('h2', {}, 'What happened')), happened),
    ],
    close: () => { isOpen = false; requests.close(); latency.close(); },
  };
}
