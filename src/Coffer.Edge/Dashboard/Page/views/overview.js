import { Chart } from '../chart.js';
import { empty, h, loading, update } from '../dom.js';
import { bytes, count, digest, duration, milliseconds, rate } from '../format.js';
import { actions, deploy } from './deploy.js';

const recent = 10;

export function charts() {
  const requests = new Chart({
    title: 'Requests per second',
    lines: [
      { key: 'requests', label: 'Requests', value: sample => sample.requests, area: true },
      { key: 'errors', label: 'Errors', value: sample => sample.errors, area: true, isRare: true },
    ],
    format: value => rate(value ?? 0),
    summary: samples => {
      const all = samples.reduce((sum, sample) => sum + sample.requests, 0);
      const errors = samples.reduce((sum, sample) => sum + sample.errors, 0);
      return `${all} requests in the last minutes, ${errors} of them errors.`;
    },
    nothing: 'No requests in the last five minutes',
  });
  const latency = new Chart({
    title: 'Latency',
    lines: [
      { key: 'p50', label: 'p50', value: sample => sample.p50 },
      { key: 'p95', label: 'p95', value: sample => sample.p95 },
      { key: 'p99', label: 'p99', value: sample => sample.p99 },
    ],
    format: milliseconds,
    summary: samples => {
      const last = samples.findLast(sample => sample.requests > 0);
      return last ? `Last: half of the requests within ${milliseconds(last.p50)}, 99 of 100 within ${milliseconds(last.p99)}.` : '';
    },
    nothing: 'No requests in the last five minutes',
  });
  return { requests, latency };
}

function tile(label, value, unit, note, isBad) {
  return h('div', { class: `tile ${isBad ? 'bad' : ''}` }, h('dt', {}, label), h('dd', {}, value, unit && h('small', {}, ` ${unit}`)), h('dd', { class: 'note' }, note));
}

function tiles({ status, samples }) {
  const last = samples.slice(-recent);
  const requests = last.reduce((sum, sample) => sum + sample.requests, 0);
  const errors = last.reduce((sum, sample) => sum + sample.errors, 0);
  const busy = last.filter(sample => sample.requests > 0);
  const p95 = busy.length ? Math.max(...busy.map(sample => sample.p95)) : null;
  return [
    tile('Requests', rate(requests / Math.max(1, last.length)), '/ s', 'last 10 seconds'),
    tile('Errors', requests ? (errors / requests * 100).toFixed(errors ? 1 : 0) : '0', '%', `${count(errors)} of ${count(requests)}`, errors / Math.max(1, requests) > 0.05),
    tile('Latency p95', milliseconds(p95), '', 'last 10 seconds'),
    tile('Sandboxes', String(status.running), `/ ${status.concurrency}`, 'running now'),
    tile('Memory', bytes(status.residentBytes), '', `${bytes(status.heapBytes)} heap, ${status.threads} threads`),
  ];
}

function row(context, app) {
  const share = app.requests ? app.errors / app.requests * 100 : 0;
  return h('tr', {},
    h('td', { class: 'whole' }, h('a', { class: 'name', href: `#/apps/${encodeURIComponent(app.name)}`, 'data-key': `open ${app.name}` }, app.name),
      app.routes?.length ? h('div', { class: 'small muted mono' }, app.routes.join('  ')) : null),
    h('td', { 'data-label': 'Version' }, h('span', {}, h('span', { class: 'tag stable' }, app.stable?.number ? `v${app.stable.number}` : 'configured'),
      app.stable && h('span', { class: 'small muted mono' }, ` ${digest(app.stable.digest)}`))),
    h('td', { 'data-label': 'Candidate' }, app.candidate ? h('span', { class: 'tag candidate' }, `v${app.candidate.number} · ${app.weight} %`) : h('span', { class: 'muted' }, '–')),
    h('td', { class: 'number', 'data-label': 'Requests' }, count(app.requests)),
    h('td', { class: `number ${share > 5 ? 'bad-text' : ''}`, 'data-label': 'Errors' }, app.errors ? `${share.toFixed(1)} %` : '0'),
    h('td', { class: 'number', 'data-label': 'Running' }, String(app.running)),
    h('td', { class: 'end' }, actions(context, app, { isSmall: true })));
}

export function overview(context) {
  const summary = h('p', {}, 'The server as it is now');
  const numbers = h('dl', { class: 'tiles', 'aria-label': 'Numbers' });
  const { requests, latency } = charts();
  const table = h('div', {}, loading());
  const open = h('button', { type: 'button', class: 'primary', hidden: true, click: () => deploy(context) }, 'Deploy an app');
  context.watch(state => {
    const { status, apps, samples, now } = state;
    summary.textContent = `Coffer ${status.version}, up for ${duration(status.uptime)}`;
    open.hidden = !status.canDeploy;
    update(numbers, tiles(state));
    requests.show(samples, now);
    latency.show(samples, now);
    update(table, apps.length
      ? h('table', {}, h('thead', {}, h('tr', {}, ['Name', 'Version', 'Candidate'].map(text => h('th', { scope: 'col' }, text)),
        ['Requests', 'Errors', 'Running'].map(text => h('th', { scope: 'col', class: 'number' }, text)), h('th', { scope: 'col' }, h('span', { class: 'unseen' }, 'Actions')))),
      h('tbody', {}, apps.map(app => row(context, app))))
      : empty('No apps yet', status.canDeploy ? 'Deploy a module here, or by the command: coffer deploy app.wasm --app NAME' : 'This server has no folder for what is deployed: start it with --state.'));
  });
  return {
    element: [
      h('div', { class: 'head' }, h('div', {}, h('h1', {}, 'Overview'), summary), h('div', { class: 'actions' }, open)),
      numbers,
      h('div', { class: 'pair' }, requests.element, latency.element),
      h('section', { class: 'card' }, h('header', {}, h('h2', {}, 'Apps')), table),
    ],
    close: () => { requests.close(); latency.close(); },
  };
}
