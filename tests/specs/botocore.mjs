// Requests of Amazon's query protocol for EC2 beside botocore's model of the service.

/** `Action=…&Filter.1.Name=…`: names are those of the model, the first letter large, lists count from 1. */
export function botocore(model) {
  const shapes = model.shapes

  function check({ method, url, form }) {
    const whole = new URL(url)
    const query = new URLSearchParams(whole.search)
    const sent = [...query, ...new URLSearchParams(form ?? '')]
    const names = new Set(sent.map(([name]) => name))
    const fields = Object.fromEntries(sent)
    const { Action, Version, ...rest } = fields
    const operation = model.operations[Action]
    if (operation === undefined) return { problems: [`the model has no operation ${Action}`] }
    const problems = []
    if (names.size < sent.length) problems.push('a name stands there twice')
    if (operation.deprecated) problems.push('the model calls the operation deprecated')
    if (operation.http.method !== method) problems.push(`the method is ${operation.http.method}`)
    if (operation.http.requestUri !== whole.pathname) problems.push(`the path is ${operation.http.requestUri}`)
    if (Version !== model.metadata.apiVersion) problems.push(`the version is ${model.metadata.apiVersion}`)
    if (operation.input) structure(tree(rest), shapes[operation.input.shape], '', problems)
    else if (Object.keys(rest).length > 0) problems.push('the operation takes no parameters')
    return { operation: Action, problems }
  }

  function value(given, name, at, problems) {
    const shape = shapes[name]
    if (shape.type === 'structure') return structure(given, shape, at, problems)
    if (shape.type === 'list') return list(given, shape, at, problems)
    if (typeof given !== 'string') return void problems.push(`${at}: it is a ${shape.type}`)
    scalar(given, shape, at, problems)
  }

  function structure(given, shape, at, problems) {
    if (typeof given === 'string') return void problems.push(`${at}: it is a structure`)
    const members = new Map(Object.entries(shape.members).map(([name, member]) => [wireName(name, member), [name, member]]))
    for (const [key, one] of Object.entries(given)) {
      const member = members.get(key)
      const here = at ? `${at}.${key}` : key
      if (member === undefined) problems.push(`${here}: the model does not know it`)
      else value(one, member[1].shape, here, problems)
      if (member?.[1].deprecated) problems.push(`${here}: deprecated`)
    }
    for (const name of shape.required ?? []) if (given[wireName(name, shape.members[name])] === undefined) problems.push(`${at ? `${at}.` : ''}${name}: it is required`)
  }

  function list(given, shape, at, problems) {
    if (typeof given === 'string') return void problems.push(`${at}: it is a list`)
    const keys = Object.keys(given)
    if (!keys.every((key) => Number(key) >= 1 && Number(key) <= keys.length)) problems.push(`${at}: its items are not numbered from 1`)
    for (const key of keys) value(given[key], shape.member.shape, `${at}.${key}`, problems)
  }

  return { check, spoil, title: `${model.metadata.serviceFullName} ${model.metadata.apiVersion}`, size: Object.keys(model.operations).length }
}

/** Faults for a good request: what each is, and what it changes. */
function* spoil({ url, form }) {
  yield ['with a parameter in its query that nobody knows', { url: `${url}?nonsense=1` }]
  yield ['with a parameter in its form that nobody knows', { form: `${form}&Nonsense.1=x` }]
  yield ['with another method', { method: 'PUT' }]
  yield ['as an operation that there is not', { form: form.replace(/Action=\w+/, 'Action=Nonsense') }]
  for (const [pair, name] of form.matchAll(/(?:^|&)((?!Action|Version)[^=&]+)=[^&]*/g)) yield [`without the name of ${name}`, { form: form.replace(pair, pair.replace(name, `${name}.Nonsense`)) }]
}

const wireName = (name, { queryName, locationName }) => {
  const written = locationName ?? name
  return queryName ?? written[0].toUpperCase() + written.slice(1)
}

/** A text that stands for a value of the model's. */
export function scalar(given, shape, at, problems) {
  const right = SCALARS[shape.type]
  if (right === undefined) problems.push(`${at}: a ${shape.type} cannot be checked`)
  else if (!right.test(given)) problems.push(`${at}: "${given}" is no ${shape.type}`)
  if (shape.enum && !shape.enum.includes(given)) problems.push(`${at}: it is one of ${shape.enum.join(', ')}`)
  if (shape.pattern && !new RegExp(`^(?:${shape.pattern})$`).test(given)) problems.push(`${at}: it does not match ${shape.pattern}`)
  const measure = shape.type === 'string' ? [...given].length : Number(given)
  if (measure < shape.min || measure > shape.max) problems.push(`${at}: it is from ${shape.min} to ${shape.max}`)
}

const SCALARS = {
  string: /^[^]*$/,
  integer: /^-?\d+$/,
  long: /^-?\d+$/,
  double: /^-?\d+(\.\d+)?$/,
  float: /^-?\d+(\.\d+)?$/,
  boolean: /^(true|false)$/,
  timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  blob: /^[A-Za-z0-9+/]*={0,2}$/,
}

/** `A.1.B=c` as `{ A: { 1: { B: 'c' } } }`. */
function tree(fields) {
  const root = {}
  for (const [name, text] of Object.entries(fields)) {
    const steps = name.split('.')
    const last = steps.pop()
    const at = steps.reduce((node, step) => (typeof node[step] === 'object' ? node[step] : (node[step] = {})), root)
    at[last] = text
  }
  return root
}
