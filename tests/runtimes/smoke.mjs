// What must work in every runtime, on the installed package. Gives a line that says what was done; throws otherwise.

export async function smoke({ compute, storage, dns, providers, ready, SkyfetchError }) {
  const check = (condition, what) => {
    if (!condition) throw new Error(`smoke: ${what}`);
  };
  await ready();
  check(providers().some((p) => p.name === 'ec2' && p.services.compute.includes('listNodes')), 'providers() lists ec2');

  const options = { latency: 1, bootTime: 20 };
  const cloud = compute('sandbox', options);
  const [images, sizes] = await Promise.all([cloud.listImages(), cloud.listSizes()]);
  const specs = Array.from({ length: 20 }, (_, i) => ({ name: `web-${i}`, image: images[0], size: sizes[0] }));
  const made = await cloud.createNodes(specs, { concurrency: 8 });
  check(made.every((r, i) => r.status === 'fulfilled' && r.value.name === `web-${i}`), 'twenty nodes are made, in order');
  const running = await Promise.all(made.map((r) => cloud.waitUntil(r.value, 'running', { interval: 5, timeout: 10_000 })));
  check(running.every((n) => n.state === 'running' && Object.isFrozen(n)), 'twenty nodes run');
  let seen = 0;
  for await (const node of cloud.nodes()) seen += node.state === 'running' ? 1 : 0;
  check(seen === 20, `nodes() gives twenty, not ${seen}`);

  const bucket = storage('sandbox', options);
  await bucket.createContainer('photos');
  const names = Array.from({ length: 30 }, (_, i) => `a/ü ${i}%2F.txt`);
  await bucket.each(names, (driver, name) => driver.upload('photos', name, `body of ${name}`));
  let files = 0;
  for await (const file of bucket.downloadMany('photos', names, { concurrency: 6 })) {
    if (file.error) throw file.error;
    check((await new Response(file.body).text()) === `body of ${file.name}`, `${file.name} comes back`);
    files++;
  }
  check(files === 30, 'thirty files come back');
  const streamed = await bucket.upload('photos', 'stream', new Response('streamed').body);
  check(streamed.size === 8, 'a stream goes up');

  const memory = storage('local', {});
  await memory.createContainer('kept');
  await bucket.copyTo('photos', 'stream', memory, 'kept', 'ü/ copy', { checksum: 'sha256' });
  const kept = await memory.download('kept', 'ü/ copy', { verify: true });
  check((await kept.text()) === 'streamed' && kept.extra.sha256, 'a copy in memory comes back, and is what it was');

  const zones = dns('sandbox', options);
  const zone = await zones.createZone('example.org');
  await zones.createRecord(zone, { name: 'www', type: 'A', data: '192.0.2.1' });
  check((await zones.listRecords(zone)).some((r) => r.name === 'www' && r.data === '192.0.2.1'), 'a record is there');

  const missing = await cloud.getNode('no-such-node').catch((e) => e);
  check(missing instanceof SkyfetchError && missing.kind === 'not-found' && missing.provider === 'sandbox', 'errors are typed');
  const controller = new AbortController();
  const slow = compute('sandbox', { latency: 60_000 }).listNodes({ signal: controller.signal });
  setTimeout(() => controller.abort(), 5);
  check((await slow.catch((e) => e)).kind === 'cancelled', 'a signal cancels');
  const late = await compute('sandbox', { latency: 60_000 }).listNodes({ timeout: 20 }).catch((e) => e);
  check(late.kind === 'deadline', 'a timeout ends');
  return `20 nodes, ${files} files, 1 zone`;
}
