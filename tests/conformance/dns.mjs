// Libcloud's DNS calls as ours.

const relative = (name, { domain }) => (name === domain ? '' : name.replace(`.${domain}`, ''))
const wanted = ({ name, type, data, extra }, zone) => {
  const options = { name: relative(name, zone), type, data, ttl: extra?.ttl, priority: extra?.priority }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null))
}

export const METHODS = {
  list_zones: [[], (cloud) => cloud.listZones()],
  iterate_zones: [[], (cloud) => cloud.listZones()],
  get_zone: [['zone_id'], (cloud, a) => cloud.getZone(a.zone_id)],
  create_zone: [['domain', 'type', 'ttl', 'extra'], (cloud, a) => cloud.createZone(a.domain, { nameservers: a.extra?.nameservers ?? [] })],
  update_zone: [['zone', 'domain', 'type', 'ttl', 'extra'], (cloud, { zone, type }) => cloud.updateZone(zone.id, { type: type ?? 'master' })],
  delete_zone: [['zone'], (cloud, { zone }) => cloud.deleteZone(zone.id)],
  list_records: [['zone'], (cloud, { zone }) => cloud.listRecords(zone.id)],
  iterate_records: [['zone'], (cloud, { zone }) => cloud.listRecords(zone.id)],
  get_record: [['zone_id', 'record_id'], (cloud, a) => cloud.getRecord(a.zone_id, a.record_id)],
  create_record: [['name', 'zone', 'type', 'data', 'extra'], (cloud, a) => cloud.createRecord(a.zone.id, wanted(a, a.zone))],
  // A record that Libcloud made has no id: ours is looked up by what it says.
  update_record: [
    ['record', 'name', 'type', 'data', 'extra'],
    async (cloud, a) => cloud.updateRecord(a.record.zone.id, await find(cloud, a.record), wanted(a, a.record.zone)),
  ],
  delete_record: [['record'], async (cloud, { record }) => cloud.deleteRecord(record.zone.id, await find(cloud, record))],
}

async function find(cloud, { name, type, data, zone }) {
  const records = await cloud.listRecords(zone.id)
  const record = records.find((r) => r.name === relative(name, zone) && r.type === type && r.data === data)
  if (!record) throw new Error(`the zone has no ${type} record "${name}"`)
  return record.id
}

export const CLOUDS = [
  {
    provider: 'powerdns',
    tests: /^dns\.test_powerdns\./,
    classes: /\.PowerDNSDriver$/,
    config: ({ init }) => ({ endpoint: 'http://127.0.0.1', apiKey: init.args[0] }),
    meaning: ({ method, url }) => `${method} ${new URL(url, 'http://recorded').pathname.replace(/^.*(?=\/servers)/, '')}`,
    // Libcloud writes a record without looking at the zone. We look, so that other values of its name and type stay:
    // the zone is what the caller holds of it.
    answer: ({ method, url }, { event }) => {
      const record = event.kwargs.record ?? event.args.find((a) => a?.$type === 'Record')
      const zone = record?.zone ?? event.kwargs.zone
      if (method !== 'GET' || !/record$/.test(event.method) || !zone || !url.includes('/zones/')) return
      const name = record && `${record.name ? `${record.name}.` : ''}${zone.domain}.`
      const rrsets = record ? [{ name, type: record.type, ttl: record.ttl ?? 3600, records: [{ content: record.data, disabled: false }] }] : []
      return Response.json({ id: zone.id, name: `${zone.domain}.`, kind: 'Native', rrsets })
    },
  },
]
