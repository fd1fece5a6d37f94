// DNS: what a zone should have, what would change, and then the change.

import { $, h, setText, title } from '../dom.js';
import { duration, some } from '../work.js';
import { Panel } from './panel.js';

/** What a first zone is made with, and what the page then proposes: something to add, to change and to delete. */
const FIRST = `@ 3600 A 192.0.2.10
@ 3600 MX 10 mail.example.org
old 300 CNAME www.example.org
www 300 A 192.0.2.10`;
const PROPOSED = `@ 3600 A 192.0.2.10
@ 3600 MX 10 mail.example.org
shop 300 AAAA 2001:db8::20
www 300 A 192.0.2.20
www 300 A 192.0.2.21`;

export class DnsPanel extends Panel {
  #plan;
  #diff = $('[data-diff]', this.root);
  #records = $('[data-records]', this.root);

  constructor(...args) {
    super(...args);
    this.field('zone').addEventListener('change', () => this.#show());
    this.form.addEventListener('input', () => this.#forget());
    this.code(`const plan = await names.plan(zone, desired);
await names.apply(plan);`);
  }

  async opened() {
    this.#forget();
    this.field('desired').value = '';
    return this.job(async (task) => {
      await this.#zones(task);
      this.say(this.field('zone').value ? await this.#list(task) : 'No zones yet.');
    });
  }

  async #zones(task, chosen) {
    const zones = await this.account.listZones(task);
    const select = this.field('zone');
    select.replaceChildren(...zones.map((zone) => h('option', { value: zone.id, selected: zone.id === chosen }, zone.domain)));
    select.disabled = zones.length === 0;
    if (zones.length === 0) {
      this.#records.replaceChildren(h('button', { type: 'button', class: 'primary', 'data-do': 'example' }, 'Make example.org with four records'));
    }
  }

  press(what) {
    if (what === 'plan') this.#preview();
    if (what === 'apply') this.#apply();
    if (what === 'createZone') this.#create(this.field('domain').value.trim());
    if (what === 'example') this.#create('example.org', FIRST);
  }

  #create(domain, records) {
    if (!domain) {
      this.say('Give the new zone a domain first.', 'bad');
      this.field('domain').focus();
      return;
    }
    return this.job(async (task, meter, elapsed) => {
      const zone = await this.account.createZone(domain, task);
      if (records) {
        await this.account.each(read(records), (driver, record) => driver.createRecord(zone, record), task);
        this.field('desired').value = PROPOSED;
        this.field('prune').checked = true;
      }
      this.field('domain').value = '';
      await this.#zones(task, zone.id);
      await this.#list(task);
      return `${domain} made in ${duration(elapsed())}.${records ? ' What it could have instead stands above: press Plan.' : ''}`;
    });
  }

  #show() {
    return this.job((task) => this.#list(task));
  }

  async #list(task) {
    const zone = this.field('zone').value;
    const records = await this.account.listRecords(zone, task);
    const row = (r) => h('tr', {}, h('td', {}, r.name || '@'), h('td', {}, r.ttl === null ? '' : String(r.ttl)), h('td', {}, r.type), h('td', { class: 'data' }, data(r)));
    const head = h('tr', {}, ...['Name', 'TTL', 'Type', 'Data'].map((word) => h('th', { scope: 'col' }, word)));
    const sorted = [...records].sort((a, b) => a.name.localeCompare(b.name) || a.type.localeCompare(b.type));
    this.#records.replaceChildren(h('table', {}, h('thead', {}, head), h('tbody', {}, ...sorted.map(row))));
    if (!this.field('desired').value) this.field('desired').value = sorted.filter((r) => r.type !== 'SOA').map((r) => [r.name || '@', r.ttl ?? '', r.type, data(r)].filter(Boolean).join(' ')).join('\n');
    return some(records.length, 'record');
  }

  #preview() {
    const zone = this.field('zone').value;
    if (!zone) return this.say('Make a zone first.', 'bad');
    return this.job(async (task) => {
      this.#forget();
      this.#plan = await this.account.plan(zone, read(this.field('desired').value), { ...task, prune: this.field('prune').checked });
      const { changes } = this.#plan;
      this.#diff.hidden = false;
      this.#diff.replaceChildren(...(changes.length ? changes.flatMap(lines) : [h('p', {}, 'The zone is as it should be.')]));
      setText(this.button('apply'), changes.length ? `Apply ${some(changes.length, 'change')}` : 'Apply');
      return changes.length ? `${some(changes.length, 'change')} planned; nothing was sent yet.` : 'Nothing to change.';
    });
  }

  #apply() {
    const plan = this.#plan;
    if (this.provider.name !== 'sandbox' && !confirm(`Change ${some(plan.changes.length, 'record set')} of this zone at ${title(this.provider).name}?`)) return;
    return this.job(async (task, meter, elapsed) => {
      this.#forget();
      await this.account.apply(plan, task);
      const took = elapsed();
      await this.#list(task);
      return `${some(plan.changes.length, 'change')} applied in ${duration(took)}.`;
    });
  }

  /** A plan for something else must not be applied. */
  #forget() {
    this.#plan = undefined;
    this.#diff.hidden = true;
    this.button('apply').disabled = true;
    setText(this.button('apply'), 'Apply');
  }

  settled() {
    this.button('apply').disabled = !this.#plan?.changes.length;
    this.button('plan').disabled ||= !this.field('zone').value;
  }
}

/** One change, as a diff has it. */
function lines({ name, type, ttl, before, after }) {
  const line = (sign, kind, value) => h('div', { class: kind }, h('span', {}, sign), ` ${name || '@'} ${kind === 'plus' && ttl !== null ? `${ttl} ` : ''}${type} ${value}`);
  const kept = before.filter((value) => after.includes(value));
  return [
    ...before.filter((value) => !kept.includes(value)).map((value) => line('−', 'minus', value)),
    ...after.filter((value) => !kept.includes(value)).map((value) => line('+', 'plus', value)),
    ...kept.map((value) => line(' ', 'same', value)),
  ];
}

const data = (record) => (record.extra.priority === undefined ? record.data : `${record.extra.priority} ${record.data}`);

/** Lines as a zone file has them: name, TTL, type, data. */
function read(text) {
  return text.split('\n').flatMap((line, at) => {
    if (!line.trim() || line.trim().startsWith(';')) return [];
    const found = line.trim().match(/^(\S+)\s+(?:(\d+)\s+)?(?:IN\s+)?([A-Za-z]+\d*)\s+(.+)$/);
    if (!found) throw new Error(`Line ${at + 1} should read as “www 300 A 192.0.2.20”.`);
    const [, name, ttl, type, rest] = found;
    const record = { name: name === '@' ? '' : name, type: type.toUpperCase(), data: rest };
    if (ttl) record.ttl = Number(ttl);
    const priority = /^(MX|SRV)$/.test(record.type) && rest.match(/^(\d+)\s+(.+)$/);
    if (priority) Object.assign(record, { priority: Number(priority[1]), data: priority[2] });
    return [record];
  });
}
