// npm start: builds what is missing, shows the main job in the terminal, then serves it as a page.

import { createInterface } from 'node:readline/promises';
import { HELP, UsageError, accounts, parse } from './options.mjs';
import { prepare } from './prepare.mjs';
import { serve } from './serve.mjs';
import { Demonstration } from './terminal-job.mjs';
import { amber, bold, dim, red, say, sky } from './terminal.mjs';

/** A first Ctrl-C stops and tidies up; a second one leaves at once. */
const stop = new AbortController();
let tidying = () => '';
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (stop.signal.aborted) {
      say(amber(`\nLeft at once. ${tidying()}`));
      process.exit(130);
    }
    stop.abort();
  });
}

try {
  process.exitCode = await main(parse(process.argv.slice(2)));
} catch (error) {
  const usage = error instanceof UsageError;
  say(`\n${red(usage ? 'That will not do:' : 'It failed:')} ${error.message}`);
  say(usage ? 'Next: see npm start -- --help' : nextStep(error));
  process.exitCode = usage ? 2 : 1;
}
process.exit();

async function main(options) {
  if (options.help) {
    say(HELP);
    return 0;
  }
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) throw new UsageError(`this is Node ${process.versions.node}, and Node 20 or newer is needed.`);
  say(`${bold(sky('skyfetch'))}  every cloud, over fetch\n`);
  await prepare();

  const skyfetch = await import('../dist/node.js');
  const config = accounts(options, skyfetch.providers());
  const job = new Demonstration(skyfetch, options, config, stop.signal);
  if (!(await agreed(options, job))) return 2;
  tidying = () => job.leftover();
  const failed = await job.run();
  if (stop.signal.aborted) return 130;
  if (options.noServe) return failed ? 1 : 0;

  const server = await serve({ port: options.port });
  say(`\n  The same as a page: ${bold(sky(server.address))}`);
  say(dim('  Ctrl-C ends it.'));
  await new Promise((done) => stop.signal.addEventListener('abort', done));
  server.close();
  return 0;
}

/** Nothing is created on a real account that was not asked for. */
async function agreed(options, job) {
  const real = job.real();
  if (!real || options.yes) return true;
  say(`This makes ${real}, which may cost money, and destroys all of it at the end.`);
  if (!process.stdin.isTTY) {
    say('Next: add --yes if that is what you want.');
    return false;
  }
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await prompt.question('Go on? [y/N] ', { signal: stop.signal }).catch(() => '');
  prompt.close();
  const yes = /^y(es)?$/i.test(answer.trim());
  if (!yes) say('Nothing was created.');
  return yes;
}

function nextStep(error) {
  const steps = {
    unauthorized: 'check the credentials, and that the clock of this machine is right.',
    denied: 'give these credentials the right to do this, or use others.',
    transport: 'check the endpoint and the network, then try again.',
    unavailable: 'the provider has trouble: try again in a while.',
    quota: `ask for less (--nodes, --files), or for a higher quota.`,
    'rate-limited': 'try again with a lower --concurrency.',
    'not-found': 'check the ids (--image, --size, --network) and the region.',
    invalid: 'check what was given: npm start -- --help',
  };
  return error.kind ? `Next: ${steps[error.kind] ?? 'try again; the message is the provider\'s own.'}` : '';
}
