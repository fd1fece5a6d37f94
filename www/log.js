// The event log: the last rows only, drawn a few times a second however many events come.

import { $, h } from './dom.js';

const KEEP = 150;
const EVERY = 120;

export class Log {
  #waiting = [];
  #timer;
  #body = $('#log');
  #empty = $('#log-empty');
  #onlyRetries = $('#log-retries');

  constructor() {
    $('#log-clear').addEventListener('click', () => {
      this.#waiting = [];
      this.#body.replaceChildren();
      this.#empty.hidden = false;
    });
    this.#onlyRetries.addEventListener('change', () => this.#body.parentElement.classList.toggle('only-retries', this.#onlyRetries.checked));
  }

  hear(event) {
    // An answer says all that its request said.
    if (event.type === 'request') return;
    this.#waiting.push({ at: new Date(), event });
    // More rows than are kept would never be seen.
    if (this.#waiting.length > KEEP * 2) this.#waiting.splice(0, KEEP);
    this.#timer ??= setTimeout(() => this.#draw(), EVERY);
  }

  #draw() {
    this.#timer = undefined;
    this.#empty.hidden = true;
    const rows = this.#waiting.splice(0).slice(-KEEP).reverse().map(row);
    this.#body.prepend(...rows);
    while (this.#body.rows.length > KEEP) this.#body.deleteRow(-1);
  }
}

function row({ at, event }) {
  const time = `${at.toLocaleTimeString('en-GB')}.${String(at.getMilliseconds()).padStart(3, '0')}`;
  const { type, operation, method, url, attempt, status, took, after } = event;
  const retry = type === 'retry';
  const lost = type === 'lost';
  const kind = retry ? 'retry' : lost || status >= 400 ? 'failure' : 'answer';
  // The origin is the account's own, and long.
  const path = URL.canParse(url) ? new URL(url).pathname : url;
  const word = retry ? 'retry' : lost ? 'lost' : 'answer';
  const words = retry || attempt > 1 ? `${word} ${attempt}` : word;
  return h('tr', { class: kind },
    h('td', {}, time),
    h('td', {}, h('span', { class: 'tag' }, words)),
    h('td', {}, operation),
    h('td', { class: 'request', title: `${method} ${url}` }, `${method} ${decode(path)}`),
    h('td', {}, status ? String(status) : '–'),
    h('td', { class: 'number' }, retry ? `in ${after} ms` : `${took} ms`),
  );
}

function decode(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
