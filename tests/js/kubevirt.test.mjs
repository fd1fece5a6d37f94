// KubeVirt by an account of one namespace, and its two ways to log in. Everything else is in the recorded cases.

import { test } from 'node:test'
import { assert, compute, fails } from './lib.mjs'

const asked = []
const fetch = async (url, { method, headers }) => {
  asked.push({ url: `${method} ${new URL(url).pathname}`, as: new Headers(headers).get('authorization') })
  return Response.json({ items: [], metadata: { name: 'x', namespace: 'shop' } })
}
const cloud = (config) => compute('kubevirt', { endpoint: 'https://kubernetes.example:6443', fetch, ...config })

test('an account of a namespace lists and finds what is there', async () => {
  asked.length = 0
  const own = cloud({ token: 't', namespace: 'shop' })
  assert.deepEqual(await own.listNodes(), [])
  assert.deepEqual(await own.listImages(), [])
  assert.deepEqual(await own.listVolumes(), [])
  await own.getVolume('data')
  await own.createVolume({ name: 'x', size: 1 })
  const machines = 'GET /apis/kubevirt.io/v1/namespaces/shop/virtualmachines'
  const claims = '/api/v1/namespaces/shop/persistentvolumeclaims'
  const urls = [machines, machines.replace('machines', 'machineinstances'), machines, `GET ${claims}`, `GET ${claims}/data`, `POST ${claims}`]
  assert.deepEqual(asked, urls.map((url) => ({ url, as: 'Bearer t' })))
})

test('a user name and password, where the server takes them', async () => {
  asked.length = 0
  await cloud({ username: 'user', password: 'pass' }).listLocations()
  assert.deepEqual(asked, [{ url: 'GET /api/v1/namespaces', as: 'Basic dXNlcjpwYXNz' }])
})

test('one of the two', () => fails(async () => cloud({}).listLocations(), 'invalid', { message: /token, or username and password/ }))
