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
  #select = $('#provider');
  #fields = $('#fields');
  #status = $('#account-status');
  #turn = 0;

  constructor(providers, connect) {
    // The sandbox first: it works at once.
    this.#providers = [...providers].sort((a, b) => Number(b.name === 'sandbox') - Number(a.name === 'sandbox'));
    this.#connect = connect;
    this.#select.replaceChildren(...groups(this.#providers));
    this.#select.addEventListener('change', () => this.#show(this.#providers[this.#select.value]));
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /** Chooses the first provider of this name. */
  async choose(name) {
    const at = this.#providers.findIndex((provider) => provider.name === name);
    this.#select.value = at;
    await this.#show(this.#providers[at]);
  }

  /** Shows a provider's fields; the sandbox is connected at once. */
  async #show(provider) {
    this.#provider = provider;
    if (provider.name === 'sandbox') {
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

/** Providers under the services they have. A name can stand twice: where services want credentials of their own. */
function groups(providers) {
  const under = Object.groupBy(providers.keys(), (at) => {
    const { services, name } = providers[at];
    return name === 'sandbox' ? 'no account needed' : Object.keys(services).filter((service) => services[service]).join(' and ');
  });
  const option = (at) => h('option', { value: at, title: title(providers[at]).note || undefined }, title(providers[at]).name);
  const byTitle = (a, b) => title(providers[a]).name.localeCompare(title(providers[b]).name);
  return Object.entries(under).map(([label, members]) => h('optgroup', { label }, ...members.sort(byTitle).map(option)));
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
