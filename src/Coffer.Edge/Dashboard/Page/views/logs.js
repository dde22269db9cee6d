import { appPath, follow } from '../api.js';
import { h } from '../dom.js';
import { clock } from '../format.js';

const kept = 1000;

export function logs(context, name) {
  const box = h('div', { class: 'log', role: 'log', 'aria-label': 'Lines', tabindex: '0' });
  const choice = h('select', { id: 'log-app', change: () => { location.hash = choice.value ? `#/logs/${encodeURIComponent(choice.value)}` : '#/logs'; } }, h('option', { value: '' }, 'All apps, and the server'));
  const words = h('input', { id: 'log-words', type: 'search', placeholder: 'Text to look for', input: () => filter(box.children) });
  const stick = h('input', { type: 'checkbox', id: 'log-stick', checked: true });
  const note = h('p', { class: 'muted small', role: 'status' }, 'Connecting …');
  let stop = new AbortController();
  let isOpen = true;

  function filter(lines) {
    const text = words.value.toLowerCase();
    for (const line of lines) line.hidden = text !== '' && !line.textContent.toLowerCase().includes(text);
  }

  function add(event) {
    if (event.name === 'dropped') {
      box.append(h('p', {}, h('span'), h('em', {}, `${event.data} lines were lost: they came faster than they could be sent`)));
    } else {
      const line = JSON.parse(event.data);
      const element = h('p', {}, h('time', { datetime: line.time }, clock(line.time)),
        h('span', { class: line.level }, !name && h('span', { class: 'from' }, `${line.app || 'server'}  `), ['warning', 'error', 'critical'].includes(line.level) && `${line.level}: `, line.text));
      filter([element]);
      box.append(element);
    }
    while (box.childElementCount > kept) box.firstElementChild.remove();
    if (stick.checked) box.scrollTop = box.scrollHeight;
  }

  async function run() {
    while (isOpen) {
      try {
        stop = new AbortController();
        box.replaceChildren();
        note.textContent = 'Following. The last lines come first.';
        await follow(`${name ? appPath(name) : '/v1'}/logs?tail=200`, stop.signal, add);
      } catch (problem) {
        if (!isOpen || problem.status === 401) return;
        note.textContent = problem.status === 404 ? `There is no app ${name} (any more).` : 'The connection was lost. Trying again …';
      }
      await new Promise(resolve => setTimeout(resolve, 2000));
    }
  }

  context.watch(({ apps }) => {
    const names = apps.map(app => app.name);
    if (names.join() === [...choice.options].slice(1).map(option => option.value).join()) return;
    choice.replaceChildren(choice.options[0], ...names.map(each => h('option', { value: each }, each)));
    choice.value = name;
  });
  run();
  return {
    element: [
      h('div', { class: 'head' }, h('h1', {}, name ? `Logs of ${name}` : 'Logs')),
      h('section', { class: 'card' },
        h('div', { class: 'filters' },
          h('div', { class: 'field' }, h('label', { for: 'log-app' }, 'App'), choice),
          h('div', { class: 'field' }, h('label', { for: 'log-words' }, 'Find'), words),
          h('label', { class: 'check', for: 'log-stick' }, stick, 'Stay at the end')),
        box, note),
    ],
    close: () => { isOpen = false; stop.abort(); },
  };
}
