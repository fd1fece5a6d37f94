// What the panels share: an account, one job at a time that can be cancelled, and its measures.

import { $, setText, title } from '../dom.js';
import { Meter, duration } from '../work.js';

/** More than the usual four, so that a sandbox that fails half of all requests still gets everything done. A real cloud gets the usual. */
const RETRIES = 12;

export class Panel {
  root;
  account;
  provider;
  pulse;
  #hear;
  #stop;
  #cancel;
  #running;

  constructor(root, pulse, hear) {
    this.root = root;
    this.pulse = pulse;
    this.#hear = hear;
    const form = (this.form = $('form', root));
    this.#cancel = $('[data-do=cancel]', root);
    // Enter in a field presses the panel's first button.
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.press((event.submitter ?? $('button:not([type=button])', form)).dataset.do);
    });
    root.addEventListener('click', ({ target }) => {
      const button = target.closest?.('button[data-do][type=button]');
      if (button) this.press(button.dataset.do);
    });
    this.#cancel.addEventListener('click', () => this.#stop?.abort());
  }

  /** Takes an account over; a panel shows what it has there. */
  async connect(provider, account) {
    // What still runs belongs to the account before.
    this.#stop?.abort();
    await this.#running;
    this.provider = provider;
    this.account = account;
    setText($('[data-badge]', this.root), title(provider).name);
    const error = await this.opened();
    if (error) throw error;
  }

  button(name) {
    return $(`[data-do=${name}]`, this.root);
  }

  field(name) {
    return this.form.elements[name];
  }

  say(text, mood = '') {
    const status = $('[data-status]', this.root);
    setText(status, text);
    status.dataset.mood = mood;
  }

  code(text) {
    setText($('[data-code]', this.root), text);
  }

  get busy() {
    return this.#stop !== undefined;
  }

  /**
   * Runs a job: buttons wait, Cancel works, what happens is measured. `work` gets the options for its calls, the meter, and
   * how long it has been going; it resolves to what to say. Gives the error, if it came to one.
   */
  job(work) {
    if (this.busy) return undefined;
    return (this.#running = this.#run(work));
  }

  async #run(work) {
    const stop = (this.#stop = new AbortController());
    const meter = new Meter(this.#hear);
    const started = performance.now();
    const elapsed = () => performance.now() - started;
    const cut = { inFlight: 0 };
    // At the moment of the abort, before it is carried out.
    stop.signal.addEventListener('abort', () => (cut.inFlight = meter.inFlight));
    this.#enable(false);
    this.pulse.begin(meter);
    try {
      const words = await work({ signal: stop.signal, retries: this.provider.name === 'sandbox' ? RETRIES : undefined, onEvent: meter.onEvent }, meter, elapsed);
      if (stop.signal.aborted) throw stop.signal.reason;
      if (words) this.say(words, 'good');
      return undefined;
    } catch (error) {
      if (stop.signal.aborted) {
        const requests = cut.inFlight === 1 ? '1 request in flight was' : `${cut.inFlight} requests in flight were`;
        this.say(`Cancelled after ${duration(elapsed())}; ${requests} aborted.`, 'cut');
        return undefined;
      }
      this.say(error.message, 'bad');
      return error;
    } finally {
      this.pulse.end(meter);
      this.#stop = undefined;
      this.#enable(true);
      this.settled();
    }
  }

  #enable(on) {
    this.root.toggleAttribute('data-busy', !on);
    for (const button of this.root.querySelectorAll('button[data-do]')) button.disabled = !on;
    const cancel = this.#cancel;
    const had = document.activeElement;
    cancel.disabled = false;
    cancel.hidden = on;
    // The keyboard must not be left on a button that went away.
    if (!on && this.root.contains(had)) cancel.focus({ preventScroll: true });
    if (on && had === cancel) $('.primary', this.root).focus({ preventScroll: true });
  }

  /** A job is over: buttons may depend on what there is now. */
  settled() {}

  /** The compared times, in words. */
  compared(what, wall, meter) {
    const { retries, serial } = meter;
    const times = serial / wall;
    const repeated = retries ? ` ${retries} ${retries === 1 ? 'retry' : 'retries'} on the way.` : '';
    return `${what} in ${duration(wall)}. One after another: at least ${duration(serial)}${times > 1.05 ? `, ${times.toFixed(1)} times as long` : ''}.${repeated}`;
  }
}
