// Compute: servers created joined, and watched while they boot.

import { $, Bar, eachFrame, h, setText, title } from '../dom.js';
import { createServers, destroyServers, duration, names, some } from '../work.js';
import { Panel } from './panel.js';

/** States on the way to another one. */
const MOVING = new Set(['pending', 'starting', 'rebooting', 'stopping', 'reconfiguring', 'migrating', 'updating']);

export class ComputePanel extends Panel {
  #list = $('[data-nodes]', this.root);
  #created = new Bar('created');
  #running = new Bar('running');
  #nodes = new Map();
  #tiles = new Map();
  /** Made here: on a real account, only these are destroyed here. */
  #mine = new Set();
  #series = 0;
  #redraw = eachFrame(() => this.#draw());

  constructor(...args) {
    super(...args);
    this.form.addEventListener('input', () => this.#describe());
    $('[data-meters]', this.root).append(this.#created.element, this.#running.element);
    this.#created.set({ done: 0, total: 0 });
    this.#running.set({ done: 0, total: 0 });
    this.#describe();
  }

  async opened() {
    this.#nodes.clear();
    this.#mine.clear();
    this.#created.set({ done: 0, total: 0 });
    this.#running.set({ done: 0, total: 0 });
    this.#redraw();
    const error = await this.job(async (task) => {
      const [images, sizes, nodes] = await Promise.all([this.#images(task), this.account.listSizes(task), this.account.listNodes(task)]);
      this.#offer('image', images, (image) => image.name || image.id);
      this.#offer('size', sizes, (size) => `${size.name} · ${size.ram >= 1024 ? `${size.ram / 1024} GB` : `${size.ram} MB`}`);
      for (const node of nodes) this.#nodes.set(node.id, node);
      this.#redraw();
      this.say(nodes.length ? `${some(nodes.length, 'server')} there already.` : 'No servers yet.');
    });
    this.#describe();
    return error;
  }

  /** A public cloud has tens of thousands of images: only the account's own are listed. */
  #images(task) {
    return this.account.listImages(this.provider.name === 'ec2' ? { ...task, owner: 'self' } : task);
  }

  #offer(name, items, words) {
    this.field(name).replaceChildren(...items.slice(0, 400).map((item) => h('option', { value: item.id }, words(item))));
  }

  press(what) {
    if (what === 'create') this.#create();
    if (what === 'destroy') this.#destroy();
  }

  get #count() {
    return this.field('count').valueAsNumber || 0;
  }

  #describe() {
    setText(this.button('create'), `Create ${this.#count}`);
    this.code(`await cloud.createNodes(specs, { signal });

for await (const { node } of
  cloud.watch({ signal })) draw(node);`);
  }

  #create() {
    const total = this.#count;
    const spec = { image: this.field('image').value, size: this.field('size').value };
    if (!this.#agreed(`Create ${some(total, 'server')} at ${title(this.provider).name}? They may cost money.`)) return;
    const fresh = new Set();
    const prefix = `web-${String.fromCharCode(97 + (this.#series++ % 26))}`;
    this.#created.set({ done: 0, total });
    this.#running.set({ done: 0, total });
    this.say(`Creating ${some(total, 'server')}, joined …`);
    return this.job(async (task, meter, elapsed) => {
      const onProgress = ({ done, failed }) => this.#created.set({ done: done - failed, total, failed });
      // The watch looks on while they are created, and until none is on its way.
      const boot = new AbortController();
      const booted = new Set();
      let made;
      const done = () => made && made.values.every((node) => booted.has(node.id));
      const watching = this.#watch({ ...task, signal: AbortSignal.any([task.signal, boot.signal]) }, (node) => {
        if (made && !fresh.has(node.id)) return false;
        if (node.state === 'running') booted.add(node.id);
        if (made) this.#running.set({ done: booted.size, total, note: duration(elapsed()), state: booted.size === total ? 'done' : '' });
        return done();
      });
      try {
        made = await createServers(this.account, names(`${prefix}-`, total), spec, { ...task, concurrency: 20, onProgress });
      } catch (error) {
        boot.abort();
        throw error;
      }
      const took = elapsed();
      const words = this.compared(`${some(made.values.length, 'server')} created`, took, meter);
      for (const node of made.values) {
        fresh.add(node.id);
        this.#mine.add(node.id);
        if (!this.#nodes.has(node.id)) this.#nodes.set(node.id, node);
      }
      for (const id of booted) if (!fresh.has(id)) booted.delete(id);
      this.#created.set({ done: made.values.length, total, failed: made.errors.length, note: duration(took), state: 'done' });
      if (made.errors.length && !made.values.length) {
        boot.abort();
        throw made.errors[0];
      }
      if (!done()) {
        this.say(`${words} Booting …`);
        await watching;
      } else boot.abort();
      if (task.signal.aborted) return undefined;
      this.#running.set({ done: booted.size, total, note: duration(elapsed()), state: 'done' });
      return `${words} All running after ${duration(elapsed())}.`;
    });
  }

  /** Follows the nodes until `enough(node)`, or until the signal fires. */
  async #watch(task, enough) {
    const interval = this.provider.name === 'sandbox' ? 250 : 3_000;
    try {
      for await (const { type, node } of this.account.watch({ ...task, interval })) {
        if (type === 'removed') this.#nodes.delete(node.id);
        else this.#nodes.set(node.id, node);
        this.#redraw();
        if (enough(node)) return;
      }
    } catch (error) {
      if (!task.signal.aborted) throw error;
    }
  }

  get #doomed() {
    const all = [...this.#nodes.values()].filter((node) => node.state !== 'terminated');
    return this.provider?.name === 'sandbox' ? all : all.filter((node) => this.#mine.has(node.id));
  }

  #destroy() {
    const nodes = this.#doomed;
    if (!this.#agreed(`Destroy the ${some(nodes.length, 'server')} created here, for good?`)) return;
    return this.job(async (task, meter, elapsed) => {
      this.say(`Destroying ${some(nodes.length, 'server')} …`);
      const { values, errors } = await destroyServers(this.account, nodes, { ...task, concurrency: 20 });
      const words = this.compared(`${some(values.length, 'server')} destroyed`, elapsed(), meter);
      // Some clouds show a destroyed server for an hour yet: what is on its way now is what to look at.
      const now = await this.account.listNodes(task);
      this.#nodes = new Map(now.filter((node) => node.state !== 'terminated').map((node) => [node.id, node]));
      this.#created.set({ done: 0, total: 0 });
      this.#running.set({ done: 0, total: 0 });
      this.#redraw();
      if (errors.length) throw errors[0];
      return words;
    });
  }

  /** The sandbox costs nothing; anybody else is asked about. */
  #agreed(question) {
    return this.provider.name === 'sandbox' || confirm(question);
  }

  settled() {
    const doomed = this.#doomed;
    const button = this.button('destroy');
    if (!this.busy) button.disabled = doomed.length === 0;
    setText(button, doomed.length ? `Destroy ${doomed.length}` : 'Destroy');
    this.button('create').disabled ||= !this.field('image').value || !this.field('size').value;
    this.#redraw();
  }

  #draw() {
    const nodes = [...this.#nodes.values()].filter((node) => node.state !== 'terminated').sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
    const kept = new Set(nodes.map((node) => node.id));
    for (const [id, tile] of this.#tiles) {
      if (kept.has(id)) continue;
      tile.remove();
      this.#tiles.delete(id);
    }
    this.#list.classList.toggle('dense', nodes.length > 60);
    nodes.forEach((node, at) => {
      let tile = this.#tiles.get(node.id);
      if (!tile) {
        tile = h('li', {}, h('b', {}, node.name), h('span', {}, ''));
        this.#tiles.set(node.id, tile);
      }
      if (this.#list.children[at] !== tile) this.#list.insertBefore(tile, this.#list.children[at] ?? null);
      tile.dataset.state = node.state;
      tile.dataset.moving = MOVING.has(node.state) ? 'yes' : 'no';
      tile.title = [node.name, node.state, node.id, ...node.publicIps, ...node.privateIps].join('\n');
      setText(tile.lastChild, node.state);
    });
  }
}
