// JSON Schema as OpenAPI 3.0 writes it, made into what ajv takes, and stricter: a member that no schema names is a fault,
// and so is one that only answers have.

import Ajv from 'ajv/dist/2019.js'
import formats from 'ajv-formats'

/** The schemas of one document. */
export class Schemas {
  #document
  #names = new Map()
  #strict = formats(new Ajv(OPTIONS))
  /** For texts of a URL: "5" is a number there, "true" a boolean. */
  #texts = formats(new Ajv({ ...OPTIONS, coerceTypes: true }))

  constructor(document) {
    this.#document = document
  }

  /** What a reference leads to; what is none stays as it is. */
  resolve(value) {
    for (let depth = 0; value?.$ref !== undefined; depth++) {
      const steps = value.$ref.split('/').slice(1).map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
      const found = steps.reduce((at, step) => at?.[step], this.#document)
      if (!value.$ref.startsWith('#/') || found === undefined || depth > 20) throw new Error(`the document's reference ${value.$ref} leads nowhere`)
      value = found
    }
    return value
  }

  /** A check of a body: gives what is wrong with it, in lines. */
  body(schema) {
    const check = this.#strict.compile(this.#convert(schema, true))
    return (value) => (check(value) ? [] : check.errors.map((error) => `body${error.instancePath}: ${said(error)}`))
  }

  /** A check of the texts that stand in a URL under one name. */
  texts(schema, what, { explode = true } = {}) {
    const list = this.resolve(schema)?.type === 'array'
    const check = this.#texts.compile({ type: 'object', properties: { value: this.#convert(schema ?? {}, false) } })
    return (texts) => {
      if (!list && texts.length > 1) return [`${what}: it stands there more than once`]
      const value = !list ? texts[0] : explode ? texts : texts.flatMap((text) => text.split(','))
      return check({ value }) ? [] : check.errors.map((error) => `${what}: ${said(error)}`)
    }
  }

  /** `closed`: members that nobody names are refused. Parts of an allOf and the like are not closed, what they make up is. */
  #convert(schema, closed) {
    if (typeof schema !== 'object' || schema === null) return schema
    if (schema.$ref !== undefined) return { $ref: this.#named(schema.$ref, closed) }
    const out = {}
    for (const keyword of ALIKE) if (schema[keyword] !== undefined) out[keyword] = schema[keyword]
    if (schema.type === 'any') delete out.type
    // Meant, if not said.
    if (schema.properties !== undefined) out.type ??= 'object'
    if (schema.pattern !== undefined && regular(schema.pattern)) out.pattern = this.#whole(schema.pattern)
    for (const [keyword, limit] of [['exclusiveMinimum', 'minimum'], ['exclusiveMaximum', 'maximum']]) {
      if (typeof schema[keyword] === 'number') out[keyword] = schema[keyword]
      if (schema[keyword] !== true) continue
      out[keyword] = schema[limit]
      delete out[limit]
    }
    if (schema.nullable && out.type !== undefined) out.type = [out.type, 'null'].flat()
    if (schema.nullable && out.enum !== undefined) out.enum = [...out.enum, null]
    if (schema.items !== undefined) out.items = this.#convert(schema.items, true)
    if (schema.not !== undefined) out.not = this.#convert(schema.not, false)
    for (const many of ['allOf', 'anyOf', 'oneOf']) if (schema[many] !== undefined) out[many] = schema[many].map((part) => this.#convert(part, false))
    this.#discriminate(schema, out)
    if (schema.properties !== undefined) {
      const answers = Object.keys(schema.properties).filter((name) => this.#told(schema.properties[name]))
      out.properties = Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, this.#convert(property, true)]))
      for (const name of answers) out.properties[name] = false
      if (out.required !== undefined) out.required = out.required.filter((name) => !answers.includes(name))
    }
    if (schema.additionalProperties !== undefined) out.additionalProperties = this.#convert(schema.additionalProperties, true)
    else if (closed && this.#names_members(schema)) out.unevaluatedProperties = false
    return out
  }

  /** Which of several schemas counts, where a member says so. */
  #discriminate(schema, out) {
    const { propertyName, mapping } = schema.discriminator ?? {}
    if (mapping === undefined || (schema.oneOf ?? schema.anyOf) === undefined) return
    // Some documents were bundled without this: it names files.
    if (!Object.values(mapping).every(($ref) => $ref.startsWith('#/'))) return
    delete out.oneOf
    delete out.anyOf
    const said = (value) => ({ required: [propertyName], properties: { [propertyName]: { const: value } } })
    out.required = [...(out.required ?? []), propertyName]
    out.allOf = [
      ...(out.allOf ?? []),
      { properties: { [propertyName]: { enum: Object.keys(mapping) } } },
      ...Object.entries(mapping).map(([value, $ref]) => ({ if: said(value), then: { $ref: this.#named($ref, false) } })),
    ]
  }

  /** A property that is only told, never taken. */
  #told(property) {
    const found = this.resolve(property)
    return property.readOnly === true || found?.readOnly === true || (found?.allOf?.length === 1 && this.#told(found.allOf[0]))
  }

  #names_members(schema, seen = new Set()) {
    const found = this.resolve(schema)
    if (seen.has(found)) return false
    seen.add(found)
    return found.properties !== undefined || ['allOf', 'anyOf', 'oneOf'].some((many) => found[many]?.some((part) => this.#names_members(part, seen)))
  }

  #named($ref, closed) {
    const key = `${closed ? 'closed' : 'open'} ${$ref}`
    let name = this.#names.get(key)
    if (name === undefined) {
      name = `schema:${this.#names.size}`
      this.#names.set(key, name) // before it is converted: it may hold itself
      const schema = { ...this.#convert(this.resolve({ $ref }), closed), $id: name }
      this.#strict.addSchema(schema)
      this.#texts.addSchema(schema)
    }
    return name
  }

  /** A pattern in a document of Google's is of the whole text. */
  #whole(pattern) {
    return this.#document.wholePatterns ? `^(?:${pattern})$` : pattern
  }
}

const OPTIONS = { strict: false, allErrors: true, logger: false, unicodeRegExp: false }
const ALIKE = ['type', 'enum', 'format', 'required', 'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'uniqueItems', 'multipleOf', 'minProperties', 'maxProperties']

/** Some documents hold patterns of other languages. */
function regular(pattern) {
  try {
    return new RegExp(pattern) && true
  } catch {
    return false
  }
}

function said({ keyword, message, params }) {
  if (keyword === 'unevaluatedProperties' || keyword === 'additionalProperties') return `the document knows no "${params.unevaluatedProperty ?? params.additionalProperty}"`
  if (keyword === 'false schema') return 'only answers have it'
  return keyword === 'enum' ? `${message}: ${params.allowedValues.join(', ')}` : message
}
