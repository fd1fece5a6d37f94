// The services' configuration files, as text by project.

export const PASSWORD = 'secret'
export const REGION = 'RegionOne'
/** Every service: its port's name, its name and type in the catalogue, and its path there. */
export const CATALOGUE = {
  placement: { name: 'placement', type: 'placement', path: '' },
  glance: { name: 'glance', type: 'image', path: '' },
  neutron: { name: 'neutron', type: 'network', path: '' },
  nova: { name: 'nova', type: 'compute', path: '/v2.1' },
  cinder: { name: 'cinderv3', type: 'volumev3', path: '/v3' },
}
export const DATABASES = ['keystone', 'placement', 'glance', 'neutron', 'nova_api', 'nova_cell0', 'nova_cell1', 'cinder']
/** The file's name where it is not PROJECT.conf. */
export const FILES = { glance: 'glance-api.conf' }

export const address = (ports, name) => `http://127.0.0.1:${ports[name]}`
export const databaseUrl = (folder, name) => `mysql+pymysql://root@localhost/${name}?unix_socket=${folder}/mysql.sock&charset=utf8mb4`

/** The whole configuration for one state folder, one set of ports and the origins that browsers may call from. */
export function configuration({ folder, ports, origins }) {
  const keystone = `${address(ports, 'keystone')}/v3`
  const etc = (project) => `${folder}/etc/.${project}`
  const database = (name) => databaseUrl(folder, name)
  const login = (username) => ({
    auth_type: 'password', auth_url: keystone, username, password: PASSWORD, project_name: 'service',
    user_domain_id: 'default', project_domain_id: 'default', region_name: REGION, valid_interfaces: 'public',
  })
  const cors = {
    allowed_origin: origins.join(','),
    // A browser sends credentials of its own to no wildcard; tokens in headers need none.
    allow_credentials: !origins.includes('*'),
    allow_headers: 'Content-Type,X-Auth-Token,X-Subject-Token,X-OpenStack-Request-ID,OpenStack-API-Version,X-OpenStack-Nova-API-Version,Range,Accept-Encoding',
    expose_headers: 'X-Subject-Token,X-OpenStack-Request-ID,X-Compute-Request-ID,OpenStack-API-Version,Location,Retry-After,ETag,Link,Content-MD5',
    allow_methods: 'GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS',
  }
  const common = (user) => ({
    keystone_authtoken: { ...login(user), www_authenticate_uri: keystone },
    oslo_concurrency: { lock_path: `${folder}/lock` },
    cors,
  })
  return {
    keystone: ini({
      token: { provider: 'fernet' },
      fernet_tokens: { key_repository: `${folder}/keys/fernet` },
      fernet_receipts: { key_repository: `${folder}/keys/receipts` },
      credential: { key_repository: `${folder}/keys/credential` },
      // The cheapest hash there is: nobody's password is at stake.
      identity: { password_hash_algorithm: 'bcrypt', password_hash_rounds: 4 },
      database: { connection: database('keystone') },
      cors,
    }),
    placement: ini({
      api: { auth_strategy: 'keystone' },
      placement_database: { connection: database('placement') },
      ...common('placement'),
    }),
    glance: ini({
      DEFAULT: { enabled_backends: 'files:file', worker_self_reference_url: address(ports, 'glance'), enabled_import_methods: '[]' },
      glance_store: { default_backend: 'files' },
      files: { filesystem_store_datadir: `${folder}/images` },
      os_glance_tasks_store: { filesystem_store_datadir: `${folder}/glance/tasks` },
      os_glance_staging_store: { filesystem_store_datadir: `${folder}/glance/staging` },
      database: { connection: database('glance') },
      paste_deploy: { flavor: 'keystone', config_file: `${etc('glance')}/glance-api-paste.ini` },
      ...common('glance'),
    }),
    neutron: ini({
      DEFAULT: {
        auth_strategy: 'keystone', core_plugin: 'ml2', service_plugins: 'router', transport_url: 'fake://', api_workers: 1, rpc_workers: 0,
        state_path: `${folder}/neutron`, api_paste_config: `${etc('neutron')}/api-paste.ini`,
        // No agents run, so nobody is to be told of anything.
        notify_nova_on_port_status_changes: false, notify_nova_on_port_data_changes: false, dhcp_agent_notification: false,
      },
      ml2: { type_drivers: 'local,flat,vxlan', tenant_network_types: 'local', mechanism_drivers: 'openvswitch', extension_drivers: 'port_security' },
      ml2_type_flat: { flat_networks: '*' },
      quotas: { quota_driver: 'neutron.db.quota.driver_null.DbQuotaDriverNull' },
      database: { connection: database('neutron') },
      ...common('neutron'),
    }),
    nova: ini({
      DEFAULT: {
        host: 'fake-host', compute_driver: 'fake.FakeDriverWithoutFakeNodes', concurrency_backend: 'threading', transport_url: 'fake://',
        state_path: `${folder}/nova`, my_ip: '127.0.0.1', log_options: false, allow_resize_to_same_host: true,
        vif_plugging_is_fatal: false, vif_plugging_timeout: 0, heal_instance_info_cache_interval: -1, sync_power_state_interval: -1,
        reclaim_instance_interval: 0, service_down_time: FOR_EVER,
      },
      conductor: { workers: 1 },
      scheduler: { workers: 1, discover_hosts_in_cells_interval: -1 },
      wsgi: { api_paste_config: `${etc('nova')}/api-paste.ini` },
      database: { connection: database('nova_cell1') },
      api_database: { connection: database('nova_api') },
      service_user: { ...login('nova'), send_service_user_token: true },
      placement: login('placement'),
      neutron: login('neutron'),
      glance: { ...login('glance'), api_servers: address(ports, 'glance') },
      cinder: { ...login('cinder'), catalog_info: 'volumev3:cinderv3:publicURL' },
      ...common('nova'),
    }),
    cinder: ini({
      DEFAULT: {
        host: 'fake-host', concurrency_backend: 'threading', auth_strategy: 'keystone', transport_url: 'fake://', state_path: `${folder}/cinder`,
        api_paste_config: `${etc('cinder')}/api-paste.ini`, resource_query_filters_file: `${etc('cinder')}/resource_filters.json`,
        enabled_backends: 'fake', glance_api_servers: address(ports, 'glance'), log_options: false,
        backup_driver: 'cinder.tests.unit.backup.fake_service.FakeBackupService', service_down_time: FOR_EVER, scheduler_driver_init_wait_time: 1,
      },
      fake: { volume_driver: 'cinder.tests.fake_driver.FakeLoggingVolumeDriver', volume_backend_name: 'fake' },
      coordination: { backend_url: `file://${folder}/cinder/coordination` },
      nova: login('nova'),
      database: { connection: database('cinder') },
      ...common('cinder'),
    }),
  }
}

function ini(sections) {
  return Object.entries(sections).map(([name, values]) =>
    `[${name}]\n${Object.entries(values).map(([key, value]) => `${key} = ${value}\n`).join('')}`).join('\n')
}

/** Ten years: a kept database may be old, and its services are up all the same. */
const FOR_EVER = 315_360_000
