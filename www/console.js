// The page: an account chosen from providers(), and a panel a service.

import { compute, dns, providers, ready, storage } from '/skyfetch/browser.js';
import { AccountForm } from './account.js';
import { $ } from './dom.js';
import { Log } from './log.js';
import { Pulse } from './pulse.js';
import { ComputePanel } from './panels/compute.js';
import { DnsPanel } from './panels/dns.js';
import { StoragePanel } from './panels/storage.js';
import { relayed } from './relayed.js';

const pulse = new Pulse();
const log = new Log();
const hear = (event) => {
  pulse.hear(event);
  log.hear(event);
};

const panels = {
  compute: new ComputePanel($('#compute'), pulse, hear),
  storage: new StoragePanel($('#storage'), pulse, hear),
  dns: new DnsPanel($('#dns'), pulse, hear),
};
const open = { compute, storage, dns };

try {
  await ready();
  const form = new AccountForm(providers(), connect);
  await form.choose('sandbox');
  document.documentElement.dataset.ready = '';
} catch (error) {
  const trouble = $('#trouble');
  trouble.hidden = false;
  trouble.textContent = `${error.message}. Reload the page when that is put right.`;
}

/** Gives each panel whose service the provider has its account; the others keep theirs. */
async function connect(provider, config) {
  const fetch = await relayed();
  const account = { ...config, ...(fetch && { fetch }) };
  const services = Object.keys(open).filter((service) => provider.services[service]);
  const results = await Promise.allSettled(services.map((service) => panels[service].connect(provider, open[service](provider.name, account))));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return services;
}
