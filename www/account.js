// The account's form, made from what providers() says; no provider is known here by name but the sandbox.

import { $, h, setText, title } from './dom.js';

/** The sandbox's settings, as dials. */
const DIALS = {
  latency: { label: 'Latency', min: 0, max: 500, step: 10, value: 40, show: (v) => `${v} ms` },
  failureRate: { label: 'Failure rate', min: 0, max: 0.5, step: 0.05, value: 0, show: (v) => `${Math.round(v * 100)} %` },
  bootTime: { label: 'Boot time', min: 0, max: 10_000, step: 250, value: 2_500, show: (v) => `${(v / 1_000).toFixed(1)} s` },
};

export class AccountForm {
  #providers;
  #connect;
  #provider;
  #form = $('#account-form');
  #fields = $('#fields');
  #status = $('#account-status');
  #turn = 0;

  constructor(providers, connect) {
    // The sandbox first: it works at once.
    this.#providers = [...providers].sort((a, b) => Number(b.name === 'sandbox') - Number(a.name === 'sandbox'));
    this.#connect = connect;
    $('#providers').replaceChildren(...this.#providers.map(choice));
    this.#form.addEventListener('change', (event) => {
      if (event.target.name === 'provider') this.choose(event.target.value);
    });
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /** Shows a provider's fields; the sandbox is connected at once. */
  async choose(name) {
    this.#provider = this.#providers.find((provider) => provider.name === name);
    $(`#providers input[value="${CSS.escape(name)}"]`).checked = true;
    if (name === 'sandbox') {
      this.#fields.replaceChildren(...this.#provider.fields.filter((field) => DIALS[field.name]).map((field) => this.#dial(field)));
      await this.#submit();
      return;
    }
    this.#fields.replaceChildren(
      ...this.#provider.fields.map(input),
      h('div', { class: 'buttons' }, h('button', { class: 'primary' }, 'Connect'), link(this.#provider)),
    );
    this.#say(`Give what ${title(this.#provider).name} asks for; panels it does not serve keep their account.`);
  }

  #dial(field) {
    const { label, show, ...range } = DIALS[field.name];
    const out = h('output', {}, show(range.value));
    const slider = h('input', { type: 'range', name: field.name, title: field.help, ...range });
    slider.addEventListener('input', () => setText(out, show(Number(slider.value))));
    slider.addEventListener('change', () => this.#submit());
    return h('label', { class: 'dial' }, h('span', {}, label, ' ', out), slider);
  }

  async #submit() {
    // Only the last of several quick changes says how it went.
    const turn = ++this.#turn;
    const provider = this.#provider;
    const config = {};
    for (const field of provider.fields) {
      const element = this.#form.elements[field.name];
      if (element?.value) config[field.name] = element.type === 'range' ? Number(element.value) : element.value.trim();
    }
    this.#say(`Connecting to ${title(provider).name} …`);
    try {
      const services = await this.#connect(provider, config);
      if (turn === this.#turn) this.#say(`Connected to ${title(provider).name}: ${services.join(', ')}.${provider.name === 'sandbox' ? ' Each turn of a dial opens a fresh, empty one.' : ''}`, 'good');
    } catch (error) {
      if (turn === this.#turn) this.#say(`${error.message}${hint(error)}`, 'bad');
    }
  }

  #say(text, mood = '') {
    setText(this.#status, text);
    this.#status.dataset.mood = mood;
  }
}

function choice(provider) {
  return h('label', { class: 'choice', title: title(provider).note || undefined },
    h('input', { type: 'radio', name: 'provider', value: provider.name }),
    h('span', {}, h('b', {}, title(provider).name), h('small', {}, Object.keys(provider.services).filter((s) => provider.services[s]).join(' · '))),
  );
}

function input(field) {
  return h('label', {},
    h('span', {}, field.name, field.required ? '' : h('small', {}, ' optional')),
    h('input', {
      name: field.name,
      type: field.secret ? 'password' : 'text',
      required: field.required,
      // A browser must not keep a cloud's key beside people's passwords.
      autocomplete: field.secret ? 'new-password' : 'off',
      autocapitalize: 'off',
      spellcheck: 'false',
    }),
    h('small', {}, field.help),
  );
}

function link(provider) {
  return provider.docs ? h('a', { href: provider.docs, target: '_blank', rel: 'noreferrer' }, 'Its documentation') : '';
}

/** In a browser, a refused cross-origin call looks like a lost connection. */
function hint(error) {
  return error.kind === 'transport' ? ' The provider may not let browsers call it: see --relay at the foot of this page.' : '';
}
