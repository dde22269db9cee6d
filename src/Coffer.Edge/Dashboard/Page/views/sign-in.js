import { get, session } from '../api.js';
import { h } from '../dom.js';

/** Asks for the token. */
export function signIn(done) {
  const token = h('input', { id: 'token', type: 'password', autocomplete: 'current-password', required: true, spellcheck: 'false', 'aria-describedby': 'token-hint token-problem' });
  const problem = h('p', { id: 'token-problem', class: 'notice bad', role: 'alert', hidden: true });
  const submit = h('button', { type: 'submit', class: 'primary' }, 'Sign in');
  const form = h('form', {
    submit: async event => {
      event.preventDefault();
      submit.disabled = true;
      submit.textContent = 'Signing in …';
      problem.hidden = true;
      try {
        await get('/v1/status', { token: token.value.trim() });
        session.token = token.value.trim();
        done();
      } catch (refused) {
        problem.textContent = refused.status ? refused.message : 'The server does not answer.';
        problem.hidden = false;
        token.select();
      }
      submit.disabled = false;
      submit.textContent = 'Sign in';
    },
  },
  h('div', { class: 'field' }, h('label', { for: 'token' }, 'Token'), token,
    h('p', { id: 'token-hint', class: 'hint' }, 'The token of administration, which the server was started with. It is kept until this tab is closed.')),
  problem, submit);
  return {
    element: h('section', { class: 'card sign-in' }, h('h1', {}, 'Sign in'), form),
    opened: () => token.focus(),
  };
}
