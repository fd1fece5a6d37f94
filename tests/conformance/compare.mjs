// Libcloud's answer against ours, by field.

/** A size or image, which some drivers have by its id alone. */
const ref = (thing) => thing?.id ?? (typeof thing === 'string' ? thing : undefined)

/** What each of Libcloud's models says, in our words. A field of null is one that Libcloud has nothing for. */
const MODELS = {
  Node: (r) => ({
    id: r.id,
    name: r.name,
    state: r.state,
    publicIps: r.public_ips,
    privateIps: r.private_ips,
    size: ref(r.size) ?? r.extra.instance_type ?? r.extra.flavorId,
    image: ref(r.image) ?? r.extra.image_id ?? r.extra.imageId,
    createdAt: typeof r.created_at === 'string' ? { $datetime: r.created_at } : r.created_at,
  }),
  NodeSize: (r) => ({ id: r.id, name: r.name, ram: r.ram, disk: r.disk, vcpus: r.vcpus, bandwidth: r.bandwidth, price: r.price }),
  NodeImage: (r) => ({ id: r.id, name: r.name }),
  NodeLocation: (r) => ({ id: r.id, name: r.name, country: r.country }),
  StorageVolume: (r) => ({ id: r.id, name: r.name, size: r.size, state: r.state }),
  VolumeSnapshot: (r) => ({ id: r.id, name: r.name, size: r.size, state: r.state, volume: r.extra?.volume_id, createdAt: r.created }),
  KeyPair: (r) => ({ name: r.name, fingerprint: r.fingerprint, publicKey: r.public_key, privateKey: r.private_key }),
  Container: (r) => ({ name: r.name, createdAt: r.extra.creation_date && { $datetime: r.extra.creation_date } }),
  Object: (r) => ({
    name: r.name,
    container: r.container.name,
    size: r.size,
    etag: r.hash,
    lastModified: r.extra.last_modified && { $datetime: r.extra.last_modified },
    contentType: r.extra.content_type,
    metadata: r.meta_data,
  }),
  Zone: (r) => ({ id: r.id, domain: r.domain, type: r.type, ttl: r.ttl }),
  // Libcloud's PowerDNS names are whole; ours are relative to the zone.
  Record: (r) => ({
    id: r.id,
    name: r.name === r.zone.domain ? '' : r.name.replace(`.${r.zone.domain}`, ''),
    type: r.type,
    data: r.data,
    ttl: r.ttl,
    zone: r.zone.id,
  }),
}

/** Models that providers extend: the longest name that the type ends with. */
const model = (type) => MODELS[type] ?? MODELS[['NodeSize', 'NodeLocation', 'NodeImage', 'Node', 'KeyPair', 'Zone'].find((name) => type.endsWith(name))]

/** What each of Libcloud's errors is to a caller. */
const KINDS = {
  AttributeError: 'invalid',
  ValueError: 'invalid',
  IdempotentParamError: 'conflict',
  InvalidCredsError: 'unauthorized',
  KeyError: 'malformed',
  MalformedResponseError: 'malformed',
  NotImplementedError: 'unsupported',
  InvalidContainerNameError: 'conflict',
  ContainerAlreadyExistsError: 'conflict',
  ContainerIsNotEmptyError: 'conflict',
  ContainerDoesNotExistError: 'not-found',
  KeyPairDoesNotExistError: 'not-found',
  ObjectDoesNotExistError: 'not-found',
  RecordDoesNotExistError: 'not-found',
  ResourceExistsError: 'conflict',
  ZoneAlreadyExistsError: 'conflict',
  ZoneDoesNotExistError: 'not-found',
}
const STATUSES = { 400: 'invalid', 401: 'unauthorized', 403: 'denied', 404: 'not-found', 409: 'conflict', 429: 'rate-limited', 503: 'unavailable' }

/** The kind that a recorded exception should have; its own name where no kind of ours stands for it. */
export function kindOf({ type, code, message }) {
  return KINDS[type] ?? STATUSES[code ?? /^(\d{3})\b/.exec(message)?.[1]] ?? type
}

/**
 * The fields that differ, as `{ field, recorded, ours }`. `held` hears of each field that both have; `more` and `less` of
 * fields that only we have a value for, and of members of `extra` that only Libcloud has.
 */
export function compare(recorded, ours, hears) {
  const { held, more, less } = hears
  const differ = (field, a, b) => [{ field, recorded: a, ours: b }]
  if (recorded === true) return ours === null || ours === undefined ? [] : differ('answer', true, ours)
  if (typeof recorded !== 'object' || recorded === null) return same(recorded, ours) ? [] : differ('answer', recorded, ours)
  if (Array.isArray(recorded)) {
    if (!Array.isArray(ours)) return differ('answer', `${recorded.length} items`, ours)
    if (recorded.length !== ours.length) return differ('length', recorded.length, ours.length)
    return recorded.flatMap((item, i) => compare(item, ours[i], hears))
  }
  if (!recorded.$type) return same(recorded, ours) ? [] : differ('answer', recorded, ours)
  const fields = model(recorded.$type)
  if (!fields || typeof ours !== 'object' || ours === null) return differ('answer', recorded.$type, ours)
  const out = []
  for (const [field, value] of Object.entries(fields(recorded))) {
    if (value === null || value === undefined) {
      if (ours[field] !== null && ours[field] !== undefined) more(`${recorded.$type}.${field}`)
      continue
    }
    held()
    if (!same(value, ours[field])) out.push(...differ(field, value, ours[field]))
  }
  for (const [key, value] of Object.entries(recorded.extra ?? {})) {
    if (!(key in ours.extra)) {
      if (value !== null && value !== '' && !(key in ours)) less(`${recorded.$type}.extra.${key}`)
      continue
    }
    held()
    if (!alike(value, ours.extra[key])) out.push(...differ(`extra.${key}`, value, ours.extra[key]))
  }
  return out
}

const time = (value) => Date.parse(/[zZ]$|[+-]\d\d:\d\d$|GMT$/.test(value) ? value : `${value}Z`)

function same(a, b) {
  if (a?.$enum) return a.value === b
  if (a?.$datetime) return typeof b === 'string' && time(a.$datetime) === time(b)
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b
  const [x, y] = [Object.keys(a), Object.keys(b)]
  return Array.isArray(a) === Array.isArray(b) && x.length === y.length && x.every((key) => key in b && same(a[key], b[key]))
}

/** As `same`, but ours are as the provider wrote them: numbers and truth values may be text, and nothing may be empty. */
function alike(a, b) {
  if (a?.$type && b) {
    const flat = { ...a.extra, ...a }
    return Object.keys(b).every((key) => !(key in flat) || alike(flat[key], b[key]))
  }
  if (a?.$datetime) return typeof b === 'string' && time(a.$datetime) === time(b)
  const nothing = (v) => v === null || v === undefined || v === '' || (typeof v === 'object' && Object.keys(v).length === 0)
  if (nothing(a) || nothing(b)) return nothing(a) && nothing(b)
  if (typeof a === 'object' && typeof b === 'object') {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)])
    return Array.isArray(a) === Array.isArray(b) && [...keys].every((key) => alike(a[key], b[key]))
  }
  return String(a) === String(b)
}
