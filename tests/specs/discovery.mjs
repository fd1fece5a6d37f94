// A discovery document of Google's as an OpenAPI document: the same things under other names.

import { openapi } from './openapi.mjs'

export function discovery(document) {
  const paths = {}
  const content = (method) => ({ 'application/json': { schema: needed(document.schemas[method.request.$ref], method.id) } })
  const gather = ({ methods = {}, resources = {} }) => {
    for (const method of Object.values(methods)) {
      const item = (paths[`/${method.flatPath ?? method.path}`] ??= {})
      item[method.httpMethod.toLowerCase()] = {
        operationId: method.id,
        deprecated: method.deprecated,
        parameters: Object.entries(method.parameters ?? {}).map(([name, one]) => parameter(name, one)),
        requestBody: method.request && { required: !method.supportsMediaUpload, content: content(method) },
      }
      // Uploads have an address of their own, which takes bytes, or what is known of those that follow.
      const upload = method.mediaUpload?.protocols.simple?.path
      if (upload) {
        const { parameters } = item[method.httpMethod.toLowerCase()]
        const more = ['uploadType', 'upload_id'].map((name) => parameter(name, { location: 'query', type: 'string' }))
        paths[upload] = { [method.httpMethod.toLowerCase()]: { operationId: `${method.id} (upload)`, parameters: [...parameters, ...more], requestBody: { content: content(method) } } }
      }
    }
    Object.values(resources).forEach(gather)
  }
  gather(document)
  // Several requests in one, each of which is read as itself.
  if (document.batchPath) paths[`/${document.batchPath}`] = { post: { operationId: 'batch', requestBody: { content: {} } } }
  return openapi({
    info: { title: document.title, version: `${document.version} of ${document.revision}` },
    servers: [{ url: document.baseUrl }, { url: document.rootUrl }],
    everywhere: Object.entries(document.parameters ?? {}).map(([name, one]) => parameter(name, one)),
    components: { schemas: Object.fromEntries(Object.entries(document.schemas).map(([name, one]) => [name, schema(one)])) },
    wholePatterns: true,
    paths,
  })
}

function parameter(name, { location, required, repeated, ...rest }) {
  const one = schema(rest)
  return { name, in: location, required, schema: repeated ? { type: 'array', items: one } : one }
}

function schema(one) {
  const { $ref, properties, items, additionalProperties, description, readOnly, ...rest } = one
  if ($ref) return { $ref: `#/components/schemas/${$ref}` }
  for (const limit of ['minimum', 'maximum']) if (rest[limit] !== undefined) rest[limit] = Number(rest[limit])
  if (/^(Output only\. )?\[Output Only\]/i.test(description ?? '') || readOnly) rest.readOnly = true
  if (properties) rest.properties = Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, schema(property)]))
  if (items) rest.items = schema(items)
  if (additionalProperties) rest.additionalProperties = schema(additionalProperties)
  return rest
}

/** A body's schema, with what this method demands of it. */
function needed(body, method) {
  const required = Object.keys(body.properties ?? {}).filter((name) => body.properties[name].annotations?.required?.includes(method))
  return required.length > 0 ? { ...schema(body), required } : schema(body)
}
