import { get } from '../api.js';
import { empty, failure, h, loading, toast, update } from '../dom.js';
import { ago, count } from '../format.js';

function item(denial) {
  return h('li', {},
    h('div', { class: 'line' }, h('strong', {}, denial.module), h('span', {}, `${denial.operation} `, h('code', {}, denial.resource)),
      h('span', { class: 'tag' }, `${count(denial.count)} ×`),
      h('time', { datetime: denial.last, title: new Date(denial.last).toLocaleString() }, ago(denial.last))),
    denial.reason && h('p', { class: 'muted' }, denial.reason),
    h('div', { class: 'remedy' }, denial.remedy
      ? [h('span', { class: 'small muted' }, 'It would be allowed by'), h('code', {}, denial.remedy),
        h('button', {
          type: 'button', class: 'small', 'aria-label': `Copy ${denial.remedy}`, 'data-key': `copy ${denial.module} ${denial.operation} ${denial.resource}`,
          click: async () => {
            try {
              await navigator.clipboard.writeText(denial.remedy);
              toast('Copied.');
            } catch {
              toast('The browser does not allow to copy. Mark the text instead.');
            }
          },
        }, 'Copy')]
      : h('span', { class: 'small muted' }, 'Nothing would allow it.')));
}

export function denials(context) {
  const list = h('div', {}, loading());
  context.watch(async () => {
    try {
      const all = await get('/v1/denials');
      update(list, all.length ? h('ul', { class: 'list' }, all.map(item)) : empty('Nothing was denied', 'When an app asks for something that it was not granted, it stands here with what would allow it.'));
    } catch (problem) {
      update(list, failure(problem));
    }
  });
  return {
    element: [
      h('div', { class: 'head' }, h('div', {}, h('h1', {}, 'Denials'), h('p', {}, 'What apps asked for and were not granted. Grant it only where the app should have it.'))),
      h('section', { class: 'card' }, list),
    ],
  };
}
