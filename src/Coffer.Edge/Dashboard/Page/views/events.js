import { get } from '../api.js';
import { empty, failure, h, loading, update } from '../dom.js';
import { ago } from '../format.js';

export function eventList(events, withApp = false) {
  if (!events.length) return empty('Nothing happened yet', 'Deployments, canaries and rollbacks will be listed here.');
  return h('ul', { class: 'list' }, events.map(event => h('li', {},
    h('div', { class: 'line' }, h('span', { class: `tag ${event.kind}` }, event.kind.replace('-', ' ')),
      withApp && h('a', { href: `#/apps/${encodeURIComponent(event.app)}` }, event.app),
      h('span', {}, event.text),
      h('time', { datetime: event.time, title: new Date(event.time).toLocaleString() }, ago(event.time))))));
}

export function events(context) {
  const list = h('div', {}, loading());
  const more = h('button', { type: 'button', hidden: true, click: () => load(true) }, 'Earlier events');
  let all = [];
  async function load(isEarlier) {
    try {
      const page = await get(`/v1/events?limit=50${isEarlier ? `&before=${all.at(-1).id}` : ''}`);
      all = isEarlier ? [...all, ...page] : [...page, ...all.filter(event => event.id < (page.at(-1)?.id ?? Infinity))];
      if (isEarlier || !all.length || all.length === page.length) more.hidden = page.length < 50;
      update(list, eventList(all, true));
    } catch (problem) {
      if (!all.length) update(list, failure(problem));
    }
  }
  context.watch(() => load(false));
  return { element: [h('div', { class: 'head' }, h('h1', {}, 'Events')), h('section', { class: 'card' }, list, more)] };
}
