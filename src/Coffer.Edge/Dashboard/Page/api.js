// The API of administration. The token is kept for this tab alone, and sent in a header: no request of another page has it.

const key = 'coffer-token';

export class Problem extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

export const session = {
  get token() { return sessionStorage.getItem(key); },
  set token(value) {
    if (value) sessionStorage.setItem(key, value);
    else sessionStorage.removeItem(key);
  },
};

async function refusal(response) {
  try {
    const problem = await response.json();
    return new Problem(response.status, problem.code, problem.detail ?? response.statusText);
  } catch {
    return new Problem(response.status, '', `The server answered ${response.status}.`);
  }
}

/** Asks the server. */
export async function api(method, path, body, options = {}) {
  const headers = { Authorization: `Bearer ${options.token ?? session.token}`, ...options.headers };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const response = await fetch(path, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal: options.signal, cache: 'no-store', credentials: 'omit',
  });
  if (!response.ok) {
    const problem = await refusal(response);
    if (problem.status === 401 && !options.token) document.dispatchEvent(new Event('coffer-signed-out'));
    throw problem;
  }
  if (options.stream) return response.body;
  return response.status === 204 ? null : response.json();
}

export const get = (path, options) => api('GET', path, undefined, options);
export const post = (path, body = {}) => api('POST', path, body);
export const appPath = name => `/v1/apps/${encodeURIComponent(name)}`;

/** Sends a file, and tells how much of it has gone. */
export function upload(path, file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', path);
    request.setRequestHeader('Authorization', `Bearer ${session.token}`);
    request.upload.addEventListener('progress', event => progress(event.loaded / Math.max(1, event.total)));
    request.addEventListener('error', () => reject(new Problem(0, '', 'The connection was lost while the module was sent.')));
    request.addEventListener('load', () => {
      if (request.status < 300) return resolve();
      let problem = {};
      try {
        problem = JSON.parse(request.responseText);
      } catch { /* something else than the server answered */ }
      reject(new Problem(request.status, problem.code, problem.detail ?? `The server answered ${request.status}.`));
    });
    request.send(file);
  });
}

/** Follows a stream of events until the signal ends it. */
export async function follow(path, signal, onEvent) {
  const body = await get(path, { headers: { Accept: 'text/event-stream' }, signal, stream: true });
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      const event = { name: 'message', data: '' };
      for (const line of text.slice(0, end).split('\n')) {
        if (line.startsWith('event: ')) event.name = line.slice(7);
        else if (line.startsWith('data: ')) event.data += line.slice(6);
      }
      if (event.data) onEvent(event);
    }
  }
}
