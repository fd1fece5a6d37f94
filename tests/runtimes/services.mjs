// A build of one service has that service, of all who have it, and nothing else.

import assert from 'node:assert/strict';
import * as all from 'skyfetch';
import * as computing from 'skyfetch/compute';
import * as naming from 'skyfetch/dns';
import * as storing from 'skyfetch/storage';

const builds = { compute: computing, dns: naming, storage: storing };
for (const [service, build] of Object.entries(builds)) {
  const has = (providers) => providers.filter((p) => p.name !== 'sandbox' && p.services[service]?.length > 0).map((p) => p.name);
  assert.deepEqual(has(build.providers()), has(all.providers()));
  assert.equal(build.providers().length, has(all.providers()).length);
  assert.deepEqual(Object.keys(builds).filter((name) => name in build), [service]);
  for (const { name, services } of build.providers()) assert.deepEqual(Object.keys(services), [service], `${name} in skyfetch/${service}`);
}

const answer = (text) => async () => new Response(text);
const keys = { accessKeyId: 'a', secretAccessKey: 's', region: 'eu-west-1' };
const nodes = '<R><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId></item></instancesSet></item></reservationSet></R>';
assert.equal((await computing.compute('ec2', { ...keys, fetch: answer(nodes) }).listNodes())[0].id, 'i-1');
assert.equal((await naming.dns('powerdns', { endpoint: 'http://h', apiKey: 'k', fetch: answer('[{"id":"a.","name":"a.","kind":"Native"}]') }).listZones())[0].domain, 'a');
const memory = storing.storage('local', {});
await memory.createContainer('photos');
await memory.upload('photos', 'a', 'text');
assert.equal(await (await memory.download('photos', 'a')).text(), 'text');
await assert.rejects(storing.storage('s3', { ...keys, fetch: answer('x') }).listObjects('photos'), storing.SkyfetchError);
console.log('one service each');
