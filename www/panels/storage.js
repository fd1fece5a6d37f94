// Storage: many small files up and down, so many at once.

import { $, Bar, eachFrame, h, setText } from '../dom.js';
import { count as figures, downloadFiles, duration, names, some, uploadFiles } from '../work.js';
import { Panel } from './panel.js';

const FILE_SIZE = 16_384;
const SHOWN = 7;

export class StoragePanel extends Panel {
  #files = $('[data-files]', this.root);
  #bars = { up: new Bar('uploaded'), down: new Bar('downloaded') };

  constructor(...args) {
    super(...args);
    this.form.addEventListener('input', () => this.#describe());
    $('[data-meters]', this.root).append(this.#bars.up.element, this.#bars.down.element);
    this.#describe();
  }

  async opened() {
    this.#clear();
    return this.job(async (task) => {
      const containers = await this.account.listContainers(task);
      if (containers.some((one) => one.name === this.#container)) await this.#list(task);
      this.say(containers.length ? `${some(containers.length, 'container')} there already.` : 'No containers yet.');
    });
  }

  #clear() {
    this.#bars.up.set({ done: 0, total: 0 });
    this.#bars.down.set({ done: 0, total: 0 });
    this.#files.replaceChildren();
  }

  /** The first objects: a list gives its pages as they come, so that no more is asked for than is shown. */
  async #list(task) {
    const rows = [];
    for await (const file of this.account.objects(this.#container, { ...task, pageSize: SHOWN + 1 })) {
      if (rows.length === SHOWN) {
        rows.push(h('tr', {}, h('td', { colspan: 2 }, '…')));
        break;
      }
      rows.push(h('tr', {}, h('td', { class: 'data' }, file.name), h('td', { class: 'number' }, `${figures(file.size)} B`)));
    }
    if (rows.length === 0) return this.#files.replaceChildren();
    const head = h('tr', {}, h('th', { scope: 'col' }, 'Object'), h('th', { scope: 'col', class: 'number' }, 'Size'));
    this.#files.replaceChildren(h('table', {}, h('thead', {}, head), h('tbody', {}, rows)));
  }

  get #count() {
    return this.field('count').valueAsNumber || 0;
  }
  get #concurrency() {
    return this.field('concurrency').valueAsNumber || 1;
  }
  get #container() {
    return this.field('container').value.trim();
  }
  get #names() {
    return names('reports/2026-', this.#count, '.txt');
  }

  #describe() {
    setText(this.button('upload'), `Upload ${this.#count}`);
    setText(this.button('download'), `Download ${this.#count}`);
    const options = `{ concurrency: ${this.#concurrency}, signal }`;
    this.code(`await bucket.each(files, (driver, file) =>
  driver.upload(container, file.name, file.body),
  ${options});

for await (const file of bucket.downloadMany(
  container, names, ${options}))
  compare(await file.bytes());`);
  }

  press(what) {
    if (what === 'cancel' || !this.form.reportValidity()) return;
    if (what === 'upload') this.#upload();
    if (what === 'download') this.#download();
    if (what === 'delete') this.#delete();
  }

  /** Bars are set once a frame, however many files come in it. */
  #follow(bar, total, elapsed) {
    const now = { done: 0, failed: 0 };
    bar.open = true;
    // The last word is the job's own.
    const draw = eachFrame(() => {
      if (bar.open) bar.set({ ...now, total, note: rate(now.done, elapsed()) });
    });
    return (done, failed) => {
      Object.assign(now, { done: done - failed, failed });
      draw();
    };
  }

  #upload() {
    const [total, container, concurrency] = [this.#count, this.#container, this.#concurrency];
    return this.job(async (task, meter, elapsed) => {
      this.say(`Uploading ${some(total, 'file')} of 16 KB …`);
      this.#bars.up.set({ done: 0, total });
      const known = await this.account.listContainers(task);
      if (!known.some((one) => one.name === container)) await this.account.createContainer(container, task);
      const tell = this.#follow(this.#bars.up, total, elapsed);
      const onProgress = ({ done, failed }) => tell(done, failed);
      const { values, errors } = await uploadFiles(this.account, container, this.#names, FILE_SIZE, { ...task, concurrency, onProgress });
      const words = this.#ended(this.#bars.up, 'uploaded', values.length, errors, elapsed(), meter, task);
      await this.#list(task);
      return words;
    });
  }

  #download() {
    const [total, container, concurrency] = [this.#count, this.#container, this.#concurrency];
    return this.job(async (task, meter, elapsed) => {
      this.say(`Downloading ${some(total, 'file')} and comparing every byte …`);
      this.#bars.down.set({ done: 0, total });
      const tell = this.#follow(this.#bars.down, total, elapsed);
      let seen = 0;
      const onFile = ({ failed }) => {
        if (!task.signal.aborted) tell(++seen, failed);
      };
      const { errors } = await downloadFiles(this.account, container, this.#names, FILE_SIZE, { ...task, concurrency, meter, onFile });
      return this.#ended(this.#bars.down, 'downloaded and compared', total - errors.length, errors, elapsed(), meter, task);
    });
  }

  #ended(bar, what, done, errors, wall, meter, task) {
    if (task.signal.aborted) return undefined;
    const total = done + errors.length;
    bar.open = false;
    bar.set({ done, total, failed: errors.length, note: rate(done, wall), state: 'done' });
    if (errors.length === total) {
      if (errors[0].kind === 'not-found') throw new Error('These files are not there yet: upload them first.');
      throw errors[0];
    }
    const words = this.compared(`${some(done, 'file')} ${what}`, wall, meter);
    if (errors.length) throw new Error(`${words} ${errors.length} failed: ${errors[0].message}`);
    return words;
  }

  #delete() {
    const container = this.#container;
    if (this.provider.name !== 'sandbox' && !confirm(`Delete the files made here from ${container}, for good?`)) return;
    return this.job(async (task, meter, elapsed) => {
      const ours = (await this.account.listObjects(container, { ...task, prefix: 'reports/2026-' })).filter((file) => file.name.endsWith('.txt'));
      if (ours.length) {
        const left = await this.account.deleteObjects(container, ours, task);
        if (left.length) throw new Error(`${left.length} could not be deleted: ${left[0].message}`);
      }
      this.#clear();
      await this.#list(task);
      return `${some(ours.length, 'file')} deleted in ${duration(elapsed())}.`;
    });
  }
}

function rate(done, ms) {
  const seconds = ms / 1_000;
  const megabytes = (done * FILE_SIZE) / 1e6 / seconds;
  return `${figures(Math.round(done / seconds))} files/s · ${megabytes.toFixed(1)} MB/s · ${duration(ms)}`;
}
