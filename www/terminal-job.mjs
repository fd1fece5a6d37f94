// The main job, in the terminal: servers and files, joined, with progress; and what was made is destroyed again.

import { randomBytes } from 'node:crypto';
import { UsageError } from './options.mjs';
import { Gap } from './gap.mjs';
import { Rows, amber, bar, barCells, bold, dim, green, left, paragraph, red, right, say, sky } from './terminal.mjs';
import { Meter, count, createServers, destroyServers, downloadFiles, duration, names, some, uploadFiles, watchServers } from './work.js';

/** More than the usual four, so that a sandbox that fails a third of all requests still loses nothing. */
const RETRIES = 8;
const BOOT_TIMEOUT = 15 * 60_000;

export class Demonstration {
  #options;
  #providers;
  #compute;
  #storage;
  #signal;
  #prefix = `skyfetch-${randomBytes(3).toString('hex')}`;
  #rows = new Rows();
  #gap = new Gap();
  #requests = 0;
  #retries = 0;
  #failures = [];
  /** What a clean-up has to look for. */
  #made = { servers: false, container: undefined };

  constructor(skyfetch, options, config, signal) {
    this.#options = options;
    this.#signal = signal;
    this.#providers = new Map(skyfetch.providers().map((provider) => [provider.name, provider]));
    this.#compute = skyfetch.compute(options.provider, config.compute);
    this.#storage = skyfetch.storage(options.storage, config.storage);
  }

  /** What would be made on real accounts, in words; empty in the sandbox. */
  real() {
    const { provider, storage, nodes, files } = this.#options;
    const parts = [];
    if (provider !== 'sandbox') parts.push(`${some(nodes, 'server')} at ${this.#title(provider)}`);
    if (storage !== 'sandbox') parts.push(`${some(files, 'file')} at ${this.#title(storage)}`);
    return parts.join(' and ');
  }

  /** What may be left when the clean-up is cut short. */
  leftover() {
    const { provider, storage } = this.#options;
    const parts = [];
    if (this.#made.servers && provider !== 'sandbox') parts.push(`servers named ${this.#prefix}-… at ${this.#title(provider)}`);
    if (this.#made.container && storage !== 'sandbox') parts.push(`the container ${this.#made.container} at ${this.#title(storage)}`);
    return parts.length ? `Look for ${parts.join(' and ')}: they may be there yet.` : '';
  }

  /** Runs it all; gives how many operations failed. */
  async run() {
    await this.#reach();
    const spec = await this.#spec();
    const { provider, storage } = this.#options;
    say(this.real() ? `  Servers at ${this.#title(provider)}, files at ${this.#title(storage)}. One thread.` : '  In the sandbox: a cloud in the memory of this process. One thread.');
    say();
    const phases = [];
    let error;
    this.#gap.start();
    try {
      const nodes = await this.#create(spec, phases);
      await this.#boot(nodes, phases);
      await this.#files(phases);
    } catch (thrown) {
      error = thrown;
    }
    this.#gap.stop();
    this.#rows.end();
    await this.#cleanUp();
    if (this.#signal.aborted) say(`\n  ${amber('Stopped.')} ${this.#made.servers || this.#made.container ? this.leftover() : 'Nothing was left behind.'}`);
    else if (error) throw error;
    else this.#summary(phases);
    return this.#failures.length;
  }

  #title(name) {
    // What stands after a name in brackets is for lists.
    return this.#providers.get(name).title.replace(/\s*\(.*\)$/, '');
  }

  /** A wrong key or endpoint shows before anything is made, and without a long wait. */
  async #reach() {
    const task = { signal: this.#signal, retries: 1 };
    const { provider, storage } = this.#options;
    await Promise.all([provider !== 'sandbox' && this.#compute.listNodes(task), storage !== 'sandbox' && this.#storage.listContainers(task)]);
  }

  /** What servers are made from. Only the sandbox's is chosen without asking: others cost money. */
  async #spec() {
    const { provider, image, size, network } = this.#options;
    const spec = { image, size, ...(network && { networks: [network] }) };
    if (image && size) return spec;
    const task = { signal: this.#signal, retries: RETRIES };
    if (provider === 'sandbox') {
      const [images, sizes] = await Promise.all([this.#compute.listImages(task), this.#compute.listSizes(task)]);
      return { image: image ?? images[0], size: size ?? sizes[0] };
    }
    // A public cloud has tens of thousands of images: only the account's own are looked at.
    const look = image ? this.#compute.listSizes(task) : this.#compute.listImages({ ...task, ...(provider === 'ec2' && { owner: 'self' }) });
    const found = [...(await look)].sort((a, b) => (a.ram ?? 0) - (b.ram ?? 0)).slice(0, 8).map((one) => `  ${left(one.id, 24)} ${one.name}`);
    const examples = found.length ? ` Some that there are:\n${found.join('\n')}` : '';
    throw new UsageError(`${image ? '--size' : '--image'} is needed.${examples}`);
  }

  #task(meter) {
    return { signal: this.#signal, retries: RETRIES, concurrency: this.#options.concurrency, onEvent: meter.onEvent };
  }

  /** Runs one phase with a row of its own. `work` gets the phase, whose `done`, `failed` and `note` the row shows. */
  async #phase(phases, label, total, work, draw) {
    const meter = new Meter();
    const phase = { label, total, done: 0, failed: 0, meter, started: performance.now(), took: undefined, rate: () => '' };
    const elapsed = () => phase.took ?? performance.now() - phase.started;
    phase.elapsed = elapsed;
    const retries = () => (meter.retries ? amber(some(meter.retries, 'retry').replace('retrys', 'retries')) : '');
    const failed = () => (phase.failed && !this.#signal.aborted ? red(`${phase.failed} failed`) : '');
    const text = () => {
      const drawn = draw ? draw(phase) : bar(phase.done / total, barCells(), phase.took === undefined ? sky : green);
      const figures = [right(duration(elapsed()), 7), phase.rate(), retries(), failed()].filter(Boolean).join(dim('  '));
      return `  ${left(label, 9)} ${left(drawn, barCells())} ${right(`${count(phase.done)}/${count(total)}`, 11)}  ${figures}`;
    };
    let quarter = 0;
    phase.tell = () => {
      // Where rows cannot be redrawn, a line each quarter of the way.
      if (phase.done < total && Math.floor((phase.done / total) * 4) > quarter) {
        quarter = Math.floor((phase.done / total) * 4);
        this.#rows.note(`  ${label}: ${count(phase.done)}/${count(total)} after ${duration(elapsed())}`);
      }
    };
    this.#rows.add(text);
    try {
      return await work(phase);
    } finally {
      phase.took = performance.now() - phase.started;
      this.#requests += meter.requests;
      this.#retries += meter.retries;
      phases.push(phase);
      this.#rows.note(text());
    }
  }

  /** What failed is told at the end; a phase in which all failed ends the job with the first reason. */
  #settle(phase, errors) {
    phase.failed = errors.length;
    if (errors.length && errors.length === phase.total) throw errors[0];
    if (!this.#signal.aborted) this.#failures.push(...errors);
    this.#signal.throwIfAborted();
  }

  #create(spec, phases) {
    this.#made.servers = true;
    const { nodes } = this.#options;
    return this.#phase(phases, 'create', nodes, async (phase) => {
      const onProgress = ({ done, failed }) => {
        Object.assign(phase, { done: done - failed, failed });
        phase.tell();
      };
      const { values, errors } = await createServers(this.#compute, names(`${this.#prefix}-`, nodes), spec, { ...this.#task(phase.meter), onProgress });
      this.#settle(phase, errors);
      return values;
    });
  }

  #boot(nodes, phases) {
    let states = new Map(nodes.map((node) => [node.id, node.state]));
    const dots = () => {
      const colours = { running: green, error: red, terminated: red };
      const cells = barCells();
      if (states.size > cells) return bar([...states.values()].filter((s) => s === 'running').length / states.size, cells, green);
      return [...states.values()].map((state) => (colours[state] ?? amber)(state === 'running' ? '●' : '○')).join('');
    };
    return this.#phase(phases, 'boot', nodes.length, async (phase) => {
      const onState = (now) => {
        states = now;
        phase.done = [...now.values()].filter((state) => state === 'running').length;
        phase.tell();
      };
      const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(BOOT_TIMEOUT)]);
      const interval = this.#options.provider === 'sandbox' ? 100 : 2_000;
      await watchServers(this.#compute, nodes.map((node) => node.id), { ...this.#task(phase.meter), signal, interval, onState, concurrency: undefined });
      const lost = [...states.values()].filter((state) => state !== 'running').length;
      this.#settle(phase, Array.from({ length: lost }, () => new Error('a server did not come to run')));
    }, dots);
  }

  async #files(phases) {
    const { files, fileSize } = this.#options;
    const container = (this.#made.container = `${this.#prefix}-files`);
    const fileNames = names('file-', files, '.txt');
    await this.#storage.createContainer(container, { signal: this.#signal, retries: RETRIES });
    const rate = (phase) => () => `${count(Math.round((phase.done / phase.elapsed()) * 1_000))} files/s`;
    await this.#phase(phases, 'upload', files, async (phase) => {
      phase.rate = rate(phase);
      const onProgress = ({ done, failed }) => {
        Object.assign(phase, { done: done - failed, failed });
        phase.tell();
      };
      const { errors } = await uploadFiles(this.#storage, container, fileNames, fileSize, { ...this.#task(phase.meter), onProgress });
      this.#settle(phase, errors);
    });
    await this.#phase(phases, 'download', files, async (phase) => {
      phase.rate = rate(phase);
      let seen = 0;
      const onFile = ({ failed }) => {
        Object.assign(phase, { done: ++seen - failed, failed });
        phase.tell();
      };
      const { errors } = await downloadFiles(this.#storage, container, fileNames, fileSize, { ...this.#task(phase.meter), meter: phase.meter, onFile });
      this.#settle(phase, errors);
    });
  }

  /**
   * Destroys what was made, found by its name and not by what we remember: a creation that was cut off may have happened all
   * the same. After a Ctrl-C it looks twice, for such a creation may be late.
   */
  async #cleanUp() {
    const cut = this.#signal.aborted;
    const task = { retries: RETRIES, concurrency: this.#options.concurrency };
    const troubles = [];
    const attempt = async (work) => {
      try {
        await work();
      } catch (error) {
        troubles.push(error.message);
      }
    };
    if (cut) say(dim('\n  Stopping, and destroying what was made (Ctrl-C again leaves it) …'));
    if (this.#made.servers) {
      await attempt(async () => {
        const sweep = async () => {
          const ours = (await this.#compute.listNodes({ retries: RETRIES })).filter((node) => node.name.startsWith(`${this.#prefix}-`) && !['terminated', 'stopping'].includes(node.state));
          const { errors } = await destroyServers(this.#compute, ours, task);
          if (errors.length) throw errors[0];
        };
        await sweep();
        if (cut && this.#options.provider !== 'sandbox') {
          await new Promise((done) => setTimeout(done, 3_000));
          await sweep();
        }
        this.#made.servers = false;
      });
    }
    const { container } = this.#made;
    if (container) {
      await attempt(async () => {
        const objects = await this.#storage.listObjects(container, { retries: RETRIES }).catch((error) => {
          if (error.kind === 'not-found') return undefined;
          throw error;
        });
        if (objects?.length) {
          const [undeleted] = await this.#storage.deleteObjects(container, objects, { retries: RETRIES });
          if (undeleted) throw new Error(`${undeleted.name}: ${undeleted.message}`);
        }
        if (objects) await this.#storage.deleteContainer(container, { retries: RETRIES });
        this.#made.container = undefined;
      });
    }
    if (troubles.length) say(`\n  ${red('The clean-up failed:')} ${troubles.join('; ')}. ${this.leftover()}`);
    else if (!cut) say(dim(`\n  ${some(this.#options.nodes, 'server')} and ${some(this.#options.files, 'file')} destroyed again.`));
  }

  #summary(phases) {
    const together = phases.reduce((sum, phase) => sum + phase.took, 0);
    // Servers boot side by side whoever waits for them: the wait counts the same on both sides.
    const apart = phases.reduce((sum, phase) => sum + (phase.label === 'boot' ? phase.took : phase.meter.serial), 0);
    const longest = Math.max(together, apart);
    const line = (label, ms, colour, note = '') => say(`  ${left(label, 17)} ${right(bold(duration(ms)), 11)}  ${bar(ms / longest, barCells(), colour)} ${note}`);
    say();
    line('joined', together, green);
    line('one after another', apart, amber, apart > together ? bold(`${(apart / together).toFixed(1)}×`) : '');
    paragraph('One after another is the least it would take: every request as long as the quickest of its kind was, the pauses before retries, and reading the bodies. Booting counts once on both sides.', dim);
    say();
    say(`  ${some(this.#requests, 'request')}, ${this.#retries === 1 ? '1 retry' : `${count(this.#retries)} retries`}, longest event-loop gap ${this.#gap.longest().toFixed(1)} ms`);
    if (this.#failures.length) {
      const reasons = [...new Set(this.#failures.map((error) => error.message))].slice(0, 3);
      say(`  ${red(`${some(this.#failures.length, 'operation')} failed:`)} ${reasons.join('; ')}`);
    }
  }
}
