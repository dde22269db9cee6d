import { appPath, post, upload } from '../api.js';
import { h, toast } from '../dom.js';
import { bytes } from '../format.js';

/** Opens a dialog; gives back whether it was confirmed. */
export function confirm({ title, text, action, danger }) {
  return new Promise(resolve => {
    const dialog = h('dialog', { 'aria-labelledby': 'confirm-title' },
      h('form', { method: 'dialog' }, h('h2', { id: 'confirm-title' }, title), h('p', {}, text),
        h('div', { class: 'actions' },
          h('button', { value: 'no' }, 'Cancel'),
          h('button', { value: 'yes', class: danger ? 'danger' : 'primary' }, action))));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

async function digestOf(file) {
  const hash = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return 'sha256:' + [...new Uint8Array(hash)].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

/** The form that deploys a module. */
export function deploy({ state, refresh }, app) {
  const name = h('input', { id: 'deploy-app', required: true, pattern: '[a-z0-9\\-]{1,63}', value: app?.name ?? '', readonly: app ? true : null, autocomplete: 'off', 'aria-describedby': 'deploy-app-hint' });
  const file = h('input', { id: 'deploy-file', type: 'file', accept: '.wasm,.wat,.cof', required: true });
  const share = h('input', { id: 'deploy-share', type: 'number', min: '0', max: '100', placeholder: '100', inputmode: 'numeric', 'aria-describedby': 'deploy-share-hint' });
  const settings = h('textarea', { id: 'deploy-settings', spellcheck: 'false', placeholder: '{ "routes": ["/shop"] }', 'aria-describedby': 'deploy-settings-hint' });
  const progress = h('progress', { max: '1', value: '0', hidden: true, 'aria-label': 'Progress of the upload' });
  const note = h('p', { class: 'muted', role: 'status' });
  const problem = h('p', { class: 'notice bad', role: 'alert', hidden: true });
  const submit = h('button', { type: 'submit', class: 'primary' }, 'Deploy');
  const cancel = h('button', { type: 'button', click: () => dialog.close() }, 'Cancel');
  const canTry = Boolean(app?.stable?.number);
  const field = (control, label, hint) => h('div', { class: 'field' }, h('label', { for: control.id }, label), control, hint && h('p', { id: `${control.id}-hint`, class: 'hint' }, hint));
  const dialog = h('dialog', { 'aria-labelledby': 'deploy-title' },
    h('form', { submit: send },
      h('h2', { id: 'deploy-title' }, app ? `Deploy ${app.name}` : 'Deploy an app'),
      !app && field(name, 'Name', 'Small letters, digits and hyphens. Without settings, it serves the path of this name.'),
      field(file, 'Module'),
      canTry && field(share, 'Share of requests', 'Of a hundred, as a candidate beside the version that serves. Leave it empty to switch all at once.'),
      field(settings, 'Settings', app ? 'JSON; leave it empty to keep those of the version that serves.' : 'JSON: routes, grants, limits, health, rollback. May be left empty.'),
      progress, note, problem,
      h('div', { class: 'actions' }, cancel, submit)));
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('cancel', event => { if (submit.disabled) event.preventDefault(); });
  document.body.append(dialog);
  dialog.showModal();

  function busy(isBusy, text = '') {
    submit.disabled = cancel.disabled = isBusy;
    progress.hidden = !isBusy;
    note.textContent = text;
  }

  async function send(event) {
    event.preventDefault();
    problem.hidden = true;
    const module = file.files[0];
    try {
      const parsed = settings.value.trim() ? JSON.parse(settings.value) : null;
      if (module.size > state.status.uploadBytes) throw new Error(`The module has ${bytes(module.size)}, and this server takes ${bytes(state.status.uploadBytes)}.`);
      busy(true, `Sending ${bytes(module.size)} …`);
      const digest = await digestOf(module);
      await upload(`/v1/modules/${digest}`, module, part => { progress.value = part; });
      progress.removeAttribute('value');
      busy(true, 'Compiling, and asking the new version whether it is well …');
      const result = await post(`${appPath(name.value)}/deployments`, { digest, settings: parsed, canary: share.value === '' ? null : Number(share.value) });
      dialog.close();
      toast(result.isNew ? `Version ${result.version} of ${name.value} serves.` : `Version ${result.version} of ${name.value} is this module already.`);
      refresh();
    } catch (refused) {
      busy(false);
      problem.textContent = refused instanceof SyntaxError ? `The settings are not JSON: ${refused.message}` : refused.message;
      problem.hidden = false;
    }
  }
}

/** What can be done with an app, as buttons. */
export function actions(context, app, { isSmall } = {}) {
  if (app.source !== 'deployment') return h('span', { class: 'muted small' }, 'by configuration');
  const button = (text, label, kind, click) => h('button', { type: 'button', class: `${kind} ${isSmall ? 'small' : ''}`, 'aria-label': label, 'data-key': `${app.name} ${text}`, click }, text);
  const perform = async (question, path, done) => {
    if (!await confirm(question)) return;
    try {
      await post(appPath(app.name) + path);
      toast(done);
    } catch (problem) {
      toast(problem.message);
    }
    context.refresh();
  };
  return h('div', { class: 'actions' },
    app.candidate && button('Promote', `Promote the candidate of ${app.name}`, 'primary', () => perform(
      { title: `Promote version ${app.candidate.number}?`, text: `It will serve all requests of ${app.name}.`, action: 'Promote' }, '/promote', `Version ${app.candidate.number} of ${app.name} serves.`)),
    app.candidate && button('Give up', `Give the candidate of ${app.name} up`, 'danger', () => perform(
      { title: `Give version ${app.candidate.number} up?`, text: `Version ${app.stable.number} will serve all requests of ${app.name}.`, action: 'Give up', danger: true }, '/abort', `The candidate of ${app.name} was given up.`)),
    !app.candidate && app.canRollBack && button('Roll back', `Roll ${app.name} back`, 'danger', () => perform(
      { title: `Roll ${app.name} back?`, text: `The version that served before ${app.stable.number} will serve at once. Requests under way end as they began.`, action: 'Roll back', danger: true }, '/rollback', `${app.name} was rolled back.`)),
    button('Deploy', `Deploy a new version of ${app.name}`, '', () => deploy(context, app)));
}
