// What a browser test does on the page: the jobs of each panel, a cancellation, retries, and a look at the console.
//
//   import { chromium } from 'playwright-core';
//   const page = await (await chromium.launch()).newPage();
//   console.log(await check(page, 'http://localhost:8787/'));

/** Runs every step; gives a line for each, or throws what did not hold. `onStep(name)` is told as each is done. */
export async function check(page, baseUrl, { onStep = () => {} } = {}) {
  const noise = [];
  page.on('pageerror', (error) => noise.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) noise.push(message.text());
  });
  const done = [];
  for (const [name, step] of Object.entries(STEPS)) {
    try {
      done.push(`${name}: ${await step(page, baseUrl)}`);
    } catch (error) {
      throw new Error(`${name}: ${error.message}${noise.length ? `\nThe page's console says: ${noise.join('\n')}` : ''}`, { cause: error });
    }
    onStep(done.at(-1));
  }
  if (noise.length) throw new Error(`the page's console is not empty: ${noise.join('\n')}`);
  return done;
}

const STEPS = {
  async 'opens on the sandbox'(page, baseUrl) {
    await page.goto(baseUrl);
    await page.waitForSelector('html[data-ready]');
    return page.textContent('#account-status');
  },

  async 'creates 20 servers and sees them run'(page) {
    await page.fill('#compute [name=count]', '20');
    await page.click('#compute [data-do=create]');
    await page.waitForFunction(() => document.querySelectorAll('#compute .nodes li[data-state=running]').length >= 20, undefined, { timeout: 30_000 });
    return said(page, 'compute', /20 servers created .*All running/);
  },

  async 'uploads 500 files'(page) {
    await page.click('#storage [data-do=upload]');
    return said(page, 'storage', /500 files uploaded/);
  },

  async 'downloads 500 files and compares them'(page) {
    await page.click('#storage [data-do=download]');
    return said(page, 'storage', /500 files downloaded and compared/);
  },

  async 'plans and applies a zone'(page) {
    await page.click('#dns [data-do=example]');
    await said(page, 'dns', /example\.org made/);
    await page.click('#dns [data-do=plan]');
    await said(page, 'dns', /changes? planned/);
    const signs = await page.$$eval('#dns .diff div', (lines) => lines.map((line) => line.className));
    if (!signs.includes('plus') || !signs.includes('minus')) throw new Error(`the diff shows ${signs}`);
    await page.click('#dns [data-do=apply]');
    await said(page, 'dns', /changes? applied/);
    await page.click('#dns [data-do=plan]');
    return said(page, 'dns', /Nothing to change/);
  },

  async 'destroys the servers'(page) {
    await page.click('#compute [data-do=destroy]');
    await said(page, 'compute', /20 servers destroyed/);
    await page.waitForFunction(() => document.querySelectorAll('#compute .nodes li').length === 0);
    return page.textContent('#compute [data-status]');
  },

  async 'cancels an upload'(page) {
    await turn(page, 'latency', 300);
    await page.click('#storage [data-do=upload]');
    await page.waitForFunction(() => document.querySelector('#storage progress').value > 0);
    await page.click('#storage [data-do=cancel]');
    const words = await said(page, 'storage', /^Cancelled after .* in flight (was|were) aborted/);
    const sent = await page.evaluate(() => document.querySelector('#storage progress').value);
    if (sent >= 500) throw new Error('all files were uploaded before the cancellation');
    await page.waitForFunction(() => document.querySelector('#t-flight').textContent === '0');
    await turn(page, 'latency', 40);
    return `${words} ${sent} files had gone.`;
  },

  async 'loses nothing when a third of all requests fail'(page) {
    await turn(page, 'failureRate', 0.3);
    await page.click('#storage [data-do=upload]');
    await said(page, 'storage', /500 files uploaded.*retries on the way/, 90_000);
    await page.click('#storage [data-do=download]');
    const words = await said(page, 'storage', /500 files downloaded and compared.*retries on the way/, 90_000);
    await turn(page, 'failureRate', 0);
    return words;
  },

  async 'says how long the thread was away'(page) {
    const text = await page.textContent('#t-gap');
    if (!/^\d+(\.\d)? ms$/.test(text)) throw new Error(`it says "${text}"`);
    return text;
  },
};

/** Waits for a panel to say something, and gives it; fails at once when it says that it failed. */
async function said(page, panel, pattern, timeout = 30_000) {
  const status = page.locator(`#${panel} [data-status]`);
  const seen = await page.waitForFunction(
    ([selector, source]) => {
      const element = document.querySelector(selector);
      const text = element.textContent;
      return (new RegExp(source).test(text) && !element.closest('[data-busy]')) || (element.dataset.mood === 'bad' ? { bad: text } : false);
    },
    [`#${panel} [data-status]`, pattern.source],
    { timeout },
  ).catch(async () => {
    throw new Error(`the panel says "${await status.textContent()}" and not ${pattern}`);
  });
  const { bad } = (await seen.jsonValue()) || {};
  if (bad) throw new Error(`the panel says "${bad}"`);
  return status.textContent();
}

/** Turns one of the sandbox's dials, and waits until the account is made again. */
async function turn(page, dial, value) {
  await page.$eval(`#fields [name=${dial}]`, (slider, to) => {
    slider.value = String(to);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    slider.dispatchEvent(new Event('change', { bubbles: true }));
  }, value);
  await page.waitForFunction(() => /^Connected/.test(document.querySelector('#account-status').textContent));
}
