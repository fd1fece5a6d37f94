// Requests of S3 beside botocore's model of the service: paths, queries, headers, XML.

import { scalar } from './botocore.mjs'

/** What signing and HTTP bring to every request. */
const EVERYWHERE = /^x-amz-(date|content-sha256|security-token|decoded-content-length|trailer)$/

export function s3(model) {
  const shapes = model.shapes
  const operations = Object.entries(model.operations).map(([name, { http, input, deprecated }]) => {
    const [path, query] = http.requestUri.split('?')
    const members = Object.entries(shapes[input?.shape]?.members ?? {}).map(([member, one]) => ({ member, ...one, wire: (one.locationName ?? member).toLowerCase(), must: shapes[input.shape].required?.includes(member) }))
    const at = (location) => members.filter((one) => one.location === location)
    const fixed = [...new URLSearchParams(query)].filter(([key]) => key !== 'x-id')
    return { name, deprecated, method: http.method, path, fixed, queries: at('querystring'), headers: at('header'), prefixes: at('headers'), payload: members.find((one) => one.member === shapes[input?.shape]?.payload) }
  })

  function check({ method, url, headers, form }) {
    const { hostname, pathname, searchParams } = new URL(url)
    const [, first, ...rest] = pathname.split('/')
    // The bucket is in the host's name, or the path's first step.
    const [bucket, key] = /^s3[.-]/.test(hostname) ? [first, rest.join('/')] : [hostname.split('.s3')[0], [first, ...rest].join('/')]
    const path = key ? '/{Bucket}/{Key+}' : bucket ? '/{Bucket}' : '/'
    const given = (one) => (one.location === 'header' ? headers[one.wire] !== undefined : searchParams.has(one.locationName))
    const there = operations
      .filter((one) => one.method === method && one.path === path && one.fixed.every(([name, value]) => searchParams.get(name) === value))
      .filter((one) => [...one.queries, ...one.headers].every((member) => !member.must || given(member)))
      .sort((a, b) => weight(b) - weight(a))
    const operation = there[0]
    if (operation === undefined) return { problems: [`the model has no such operation: ${method} ${path}?${[...searchParams.keys()].join('&')}`] }
    const problems = operation.deprecated ? ['the model calls the operation deprecated'] : []
    const names = [...searchParams.keys()].filter((name) => !operation.fixed.some(([fixed]) => fixed === name))
    if (new Set(names).size < names.length) problems.push('a parameter stands there twice')
    for (const name of names) {
      const member = operation.queries.find((one) => one.locationName === name)
      if (member === undefined) problems.push(`query ${name}: the model does not know it`)
      else scalar(searchParams.get(name), shapes[member.shape], `query ${name}`, problems)
    }
    for (const [name, value] of Object.entries(headers)) {
      const member = operation.headers.find((one) => one.wire === name)
      if (member && shapes[member.shape].type !== 'timestamp' && shapes[member.shape].type !== 'list') scalar(value, shapes[member.shape], `header ${name}`, problems)
      const known = member || EVERYWHERE.test(name) || operation.prefixes.some((one) => name.startsWith(one.wire))
      if (!known && name.startsWith('x-amz-')) problems.push(`header ${name}: the model does not know it`)
    }
    const wanted = operation.payload && shapes[operation.payload.shape]
    if (wanted?.type === 'structure') {
      if (form !== undefined) document(form, wanted, operation.payload, problems)
      else if (operation.payload.must) problems.push('body: it is required')
    } else if (form !== undefined && !operation.payload) problems.push('body: the operation takes none')
    return { operation: operation.name, problems }
  }

  /** The more an operation demands of what is there, the more it is the one that is meant. */
  const weight = ({ fixed, queries, headers }) => fixed.length + [...queries, ...headers].filter((one) => one.must).length

  function document(text, shape, { locationName, xmlNamespace }, problems) {
    const root = parse(text)
    if (root === undefined) return void problems.push('body: it is no XML')
    if (root.name !== locationName) problems.push(`body: its root is ${locationName}`)
    if (root.xmlns !== undefined && root.xmlns !== xmlNamespace?.uri) problems.push(`body: the namespace is ${xmlNamespace?.uri}`)
    structure(root, shape, 'body', problems)
  }

  function structure(element, shape, at, problems) {
    const members = Object.entries(shape.members)
    for (const child of element.children) {
      const here = `${at}/${child.name}`
      const found = members.find(([name, one]) => child.name === (one.locationName ?? name) || (shapes[one.shape].flattened && child.name === shapes[one.shape].member.locationName))
      if (found === undefined) problems.push(`${here}: the model does not know it`)
      else value(child, shapes[found[1].shape], here, problems)
    }
    for (const name of shape.required ?? []) {
      const wire = shape.members[name].locationName ?? name
      if (!element.children.some((child) => child.name === wire)) problems.push(`${at}/${wire}: it is required`)
    }
  }

  function value(element, shape, at, problems) {
    if (shape.type === 'structure') return structure(element, shape, at, problems)
    if (shape.type === 'list' && shape.flattened) return value(element, shapes[shape.member.shape], at, problems)
    if (shape.type !== 'list') return element.children.length > 0 ? void problems.push(`${at}: it is a text`) : scalar(element.text, shape, at, problems)
    for (const child of element.children) {
      if (child.name === (shape.member.locationName ?? 'member')) value(child, shapes[shape.member.shape], `${at}/${child.name}`, problems)
      else problems.push(`${at}/${child.name}: the model does not know it`)
    }
  }

  return { check, spoil, title: `${model.metadata.serviceFullName} ${model.metadata.apiVersion}`, size: operations.length }
}

/** Faults for a good request: what each is, and what it changes. */
function* spoil({ url, headers, form }) {
  yield ['with a parameter that nobody knows', { url: `${url}${url.includes('?') ? '&' : '?'}nonsense=1` }]
  yield ['with a header that nobody knows', { headers: { ...headers, 'x-amz-nonsense': '1' } }]
  yield ['with another method', { method: 'PATCH' }]
  if (!form?.startsWith('<')) return
  yield ['with an element that nobody knows', { form: form.replace(/(<\/[^>]*>)\s*$/, '<Nonsense>x</Nonsense>$1') }]
  yield ['with another root', { form: form.replace(/<(?!\?)\w+/, '<Nonsense').replace(/<\/\w+>\s*$/, '</Nonsense>') }]
  yield ['cut short', { form: form.slice(0, -5) }]
}

/** XML as we write it: elements and texts, and a namespace. */
function parse(text) {
  const stack = [{ children: [] }]
  for (const [, close, name, xmlns, empty, words] of text.matchAll(/<(?:\?[^>]*|(\/?)([\w:]+)(?:\s+xmlns="([^"]*)")?\s*(\/?))>|([^<]+)/g)) {
    if (words !== undefined) stack.at(-1).text += words
    else if (close) {
      if (stack.pop().name !== name) return undefined
    } else if (name) {
      const element = { name, xmlns, children: [], text: '' }
      stack.at(-1)?.children.push(element)
      if (!empty) stack.push(element)
    }
    if (stack.length === 0) return undefined
  }
  return stack.length === 1 && stack[0].children.length === 1 ? stack[0].children[0] : undefined
}
