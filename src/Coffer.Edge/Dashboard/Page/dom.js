// Elements, made of text and attributes; nothing is ever read as HTML.

/** An element: h('p', { class: 'x' }, 'text', child, …). Functions are listeners; null and false children are left out. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(key, value);
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

/** An element of a drawing. */
export function s(name, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Puts children in the place of those that an element has, if they differ, so that focus and selection stay. */
export function update(element, ...children) {
  const next = h('div', {}, ...children);
  if (element.childNodes.length === next.childNodes.length
    && [...element.childNodes].every((child, index) => child.isEqualNode(next.childNodes[index]))) return;
  const focused = element.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  element.replaceChildren(...next.childNodes);
  if (focused) element.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

export function toast(text) {
  const element = h('p', { class: 'toast' }, text);
  document.getElementById('toasts').append(element);
  setTimeout(() => element.remove(), 6000);
}

export const empty = (title, text, ...more) => h('div', { class: 'empty' }, h('strong', {}, title), h('span', {}, text), ...more);
export const loading = () => h('p', { class: 'loading', role: 'status' }, 'Loading');
export const failure = problem => h('p', { class: 'notice bad', role: 'alert' }, problem.message);
