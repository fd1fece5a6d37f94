// Requests beside an OpenAPI 3.0 document.

import { Schemas } from './schema.mjs'

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options']

/** A document that requests can be held against. */
export function openapi(document) {
  const schemas = new Schemas(document)
  const bases = (document.servers ?? [{ url: '' }]).map(({ url }) => template(url))
  const operations = []
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS.filter((method) => item[method])) {
      const own = item[method]
      const parameters = new Map()
      for (const parameter of [...(item.parameters ?? []), ...(own.parameters ?? []), ...(document.everywhere ?? [])]) {
        const found = schemas.resolve(parameter)
        parameters.set(`${found.in} ${found.name}`, found)
      }
      operations.push({ name: own.operationId ?? `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), path, ...template(path), own, parameters })
    }
  }

  /** What is wrong with a request, in lines; none is good. `operation` is there once it is known. */
  function check({ method, url, body }) {
    const whole = new URL(url)
    const place = whole.origin + whole.pathname
    const rest = bases.map(({ prefix }) => prefix.exec(place)?.[0]).find((base) => base !== undefined)
    if (rest === undefined) return { problems: [`${whole.origin} is none of the document's servers`] }
    const path = place.slice(rest.length)
    // Of `/x/{id}` and `/x/{id}:start`, the one that says more.
    const there = operations.filter((one) => one.exact.test(path)).sort((a, b) => a.names.length - b.names.length || b.path.length - a.path.length)
    if (there.length === 0) return { problems: [`the document has no path ${path}`] }
    const operation = there.find((one) => one.method === method)
    if (operation === undefined) return { problems: [`${there[0].path} has no ${method}`] }
    operation.check ??= compile(operation)
    return { operation: operation.name, problems: operation.check(path, whole.searchParams, body) }
  }

  function compile({ own, parameters, exact, names }) {
    const said = [...parameters.values()]
    const check = ({ name, schema, explode }, where) => schemas.texts(schema, `${where} ${name}`, { explode })
    const inPath = names.map((name) => parameters.get(`path ${name}`)).map((parameter) => parameter && check(parameter, 'path'))
    const inQuery = new Map(said.filter((one) => one.in === 'query').map((one) => [one.name, { check: check(one, 'query'), ...one }]))
    const taken = schemas.resolve(own.requestBody)
    const json = Object.entries(taken?.content ?? {}).find(([type]) => /^application\/(.*\+)?json\b|^\*\/\*/.test(type))?.[1]
    const checkBody = json && schemas.body(json.schema ?? {})
    return (path, query, body) => {
      const problems = own.deprecated ? ['the document calls the operation deprecated'] : []
      exact.exec(path).slice(1).forEach((text, at) => problems.push(...(inPath[at]?.([decodeURIComponent(text)]) ?? [])))
      for (const name of new Set(query.keys())) {
        const known = inQuery.get(name)
        if (known === undefined) problems.push(`query ${name}: the document does not know it`)
        else problems.push(...known.check(query.getAll(name)), ...(known.deprecated ? [`query ${name}: deprecated`] : []))
      }
      for (const { name, required } of inQuery.values()) if (required && !query.has(name)) problems.push(`query ${name}: it is required`)
      if (body === undefined && taken?.required) problems.push('body: it is required')
      if (body !== undefined && taken === undefined) problems.push('body: the operation takes none')
      if (body !== undefined && taken !== undefined) problems.push(...(checkBody?.(body) ?? ['body: no JSON is taken']))
      return problems
    }
  }

  return { check, spoil, title: `${document.info.title} ${document.info.version}`, size: operations.length }
}

/** Faults for a good request: what each is, and what it changes. */
function* spoil({ url, body }, problems) {
  yield ['with a parameter that nobody knows', { url: `${url}${url.includes('?') ? '&' : '?'}nonsense=1` }]
  yield ['under a path that there is not', { url: url.replace(/(\?|$)/, '/nonsense/x/y/z$1') }]
  yield ['with a text for a body', { body: 'nonsense' }]
  if (body === undefined || Array.isArray(body)) return
  yield ['with a member that nobody knows', { body: { ...body, nonsense: 1 } }]
  const sound = Object.keys(body).filter((name) => !problems.some((problem) => problem.includes(`"${name}"`)))
  for (const name of sound) yield [`with nonsense for ${name}`, { body: { ...body, [name]: [[['nonsense']]] } }]
}

/** A path or address with `{names}` in it, as patterns. */
function template(text) {
  const names = []
  const pattern = text.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\+?([^}]*)\}/g, (_, name) => names.push(name) && '([^/]+)')
  return { names, exact: new RegExp(`^${pattern}$`), prefix: new RegExp(`^${pattern.replace(/\/$/, '')}(?=/)`) }
}
