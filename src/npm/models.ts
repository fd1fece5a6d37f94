// Models and configurations: what comes back, and what goes in.

/** An id, or an object that has one. */
export type Id<T extends { readonly id: string }> = string | Pick<T, 'id'>;

/** What only one provider has. */
export type Extra = Readonly<Record<string, unknown>>;

export type NodeState =
  | 'running' | 'starting' | 'rebooting' | 'terminated' | 'pending' | 'stopping' | 'stopped' | 'suspended' | 'error'
  | 'paused' | 'reconfiguring' | 'migrating' | 'normal' | 'updating' | 'unknown';

/** A server. */
export interface Node {
  readonly id: string;
  readonly name: string;
  readonly state: NodeState;
  readonly publicIps: readonly string[];
  readonly privateIps: readonly string[];
  /** The id of its size. */
  readonly size: string | null;
  /** The id of its image. */
  readonly image: string | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string | null;
  readonly extra: Extra;
}

/** A size of node, also called flavor, plan or instance type. */
export interface NodeSize {
  readonly id: string;
  readonly name: string;
  /** MiB. */
  readonly ram: number;
  /** GB; 0 when it has no local disk. */
  readonly disk: number;
  readonly vcpus: number | null;
  /** GB a month. */
  readonly bandwidth: number | null;
  /** US dollars an hour, where the provider's API says. */
  readonly price: number | null;
  readonly extra: Extra;
}

export interface NodeImage {
  readonly id: string;
  readonly name: string;
  readonly extra: Extra;
}

export interface NodeLocation {
  readonly id: string;
  readonly name: string;
  readonly country: string | null;
  readonly extra: Extra;
}

export interface Volume {
  readonly id: string;
  readonly name: string;
  /** GB. */
  readonly size: number;
  readonly state: 'available' | 'error' | 'inuse' | 'creating' | 'deleting' | 'deleted' | 'backup' | 'attaching' | 'migrating' | 'updating' | 'unknown';
  readonly extra: Extra;
}

export interface VolumeSnapshot {
  readonly id: string;
  readonly name: string | null;
  /** GB. */
  readonly size: number | null;
  readonly state: 'available' | 'error' | 'creating' | 'deleting' | 'restoring' | 'updating' | 'unknown';
  readonly volume: string | null;
  readonly createdAt: string | null;
  readonly extra: Extra;
}

export interface KeyPair {
  readonly name: string;
  readonly fingerprint: string | null;
  readonly publicKey: string | null;
  /** Only in the answer to `createKeyPair`. */
  readonly privateKey: string | null;
  readonly extra: Extra;
}

export interface Network {
  readonly id: string;
  readonly name: string;
  readonly cidr: string | null;
  readonly extra: Extra;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly extra: Extra;
}

/** One rule of a security group; without ports and `cidr` it is for all. */
export interface SecurityGroupRule {
  /** Lets traffic out; otherwise in. */
  egress?: boolean;
  protocol?: 'tcp' | 'udp' | 'icmp' | (string & {});
  fromPort?: number;
  toPort?: number;
  cidr?: string;
}

/** What to create a node from. */
export interface CreateNode {
  name: string;
  image: Id<NodeImage>;
  size: Id<NodeSize>;
  location?: Id<NodeLocation>;
  keyPair?: string | { readonly name: string };
  /** What cloud-init does at first boot: a script or cloud-config, as text. */
  userData?: string;
  networks?: readonly Id<Network>[];
  securityGroups?: readonly Id<SecurityGroup>[];
  tags?: Record<string, string>;
  /** The administrator's password, where the provider lets one choose. */
  password?: string;
  /** A repeated creation with the same token makes no second node; made up where the provider takes one. */
  idempotencyToken?: string;
  /** What only this provider takes. */
  extra?: Record<string, unknown>;
}

/** What to create a volume from: a size in GB, a snapshot, or both. */
export interface CreateVolume {
  name: string;
  size?: number;
  location?: Id<NodeLocation>;
  snapshot?: Id<VolumeSnapshot>;
  volumeType?: string;
}

/** A container, also called bucket. */
export interface Container {
  readonly name: string;
  readonly createdAt: string | null;
  readonly extra: Extra;
}

/** An object, without its bytes. */
export interface StoredObject {
  /** Exactly as it was given. */
  readonly name: string;
  readonly container: string;
  /** Bytes. */
  readonly size: number;
  /** An opaque version of the bytes, without quotes. */
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** Lists do not give it. */
  readonly contentType: string | null;
  /** Lists do not give it. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly extra: Extra;
}

/** One page of a listing. */
export interface Listing {
  readonly objects: readonly StoredObject[];
  /** Common prefixes, where a delimiter was given. */
  readonly prefixes: readonly string[];
}

export interface Zone {
  readonly id: string;
  /** Without a final dot. */
  readonly domain: string;
  readonly type: string | null;
  /** Seconds. */
  readonly ttl: number | null;
  readonly extra: Extra;
}

/** One value of a name and type. */
export interface DnsRecord {
  readonly id: string;
  /** Relative to the zone; empty at its apex. */
  readonly name: string;
  readonly type: string;
  readonly data: string;
  /** Seconds. */
  readonly ttl: number | null;
  /** The id of its zone. */
  readonly zone: string;
  readonly extra: Extra;
}

/** What a record is made from; `priority` is for MX and SRV. */
export interface RecordOptions {
  name?: string;
  type?: string;
  data?: string;
  ttl?: number;
  priority?: number;
  /** What only this provider takes. */
  extra?: Record<string, unknown>;
}

export interface ZoneOptions {
  type?: 'master' | 'slave' | (string & {});
  ttl?: number;
  /** The masters of a slave zone. */
  masters?: readonly string[];
  nameservers?: readonly string[];
  /** What only this provider takes. */
  extra?: Record<string, unknown>;
}

/** What every configuration may have. */
export interface CommonConfig {
  /** Used in place of the global `fetch`. */
  fetch?: typeof globalThis.fetch;
}

export interface Ec2Config extends CommonConfig {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  region: string;
  endpoint?: string;
}

interface OpenStackCommon extends CommonConfig {
  /** Keystone's URL, with or without `/v3`. */
  authUrl: string;
  region?: string;
  interface?: 'public' | 'internal' | 'admin';
}

export type OpenStackConfig = OpenStackCommon &
  (
    | { username: string; password: string; project: string; projectId?: never; domain?: string; projectDomain?: string }
    | { username: string; password: string; projectId: string; project?: never; domain?: string }
    | { applicationCredentialId: string; applicationCredentialSecret: string }
  );

export interface RackspaceConfig extends CommonConfig {
  username: string;
  apiKey: string;
  region: 'DFW' | 'ORD' | 'IAD' | 'LON' | 'SYD' | 'HKG' | (string & {});
  identityEndpoint?: string;
}

export interface S3Config extends CommonConfig {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  region?: string;
  endpoint?: string;
  /** Whether the container stands in the path; by default so when an endpoint is given. */
  pathStyle?: boolean;
}

export interface PowerDnsConfig extends CommonConfig {
  endpoint: string;
  apiKey: string;
  /** By default `localhost`. */
  server?: string;
}

/** The embedded cloud: everything in memory. */
export interface SandboxConfig extends CommonConfig {
  /** Milliseconds an answer takes; 30 by default. */
  latency?: number;
  /** The fraction of requests that fail, from 0 to 1; 0 by default. */
  failureRate?: number;
  /** Milliseconds until a node runs; 2,000 by default. */
  bootTime?: number;
}

interface GcsBase extends CommonConfig {
  /** The project whose buckets are listed and created; by default the service account's. */
  projectId?: string;
  /** Where buckets are created, as `EU` or `europe-west1`; by default the US. */
  location?: string;
  /** Where the store is, as `http://localhost:9023` for an emulator; Google by default. */
  endpoint?: string;
}

/** A service account by its key file; by two fields of it; a token got elsewhere; or nobody, for what is public and for emulators. */
type GoogleAccount =
  | { credentials: string | { readonly client_email: string; readonly private_key: string; readonly [more: string]: unknown }; clientEmail?: never; privateKey?: never; tokenUri?: string; accessToken?: string }
  | { clientEmail: string; privateKey: string; tokenUri?: string; accessToken?: string; credentials?: never }
  | { accessToken?: string; credentials?: never; clientEmail?: never; privateKey?: never; tokenUri?: never };

export type GcsConfig = GcsBase & GoogleAccount;

interface GceBase extends CommonConfig {
  /** The project; by default the service account's. */
  projectId?: string;
  /** The zone, as `europe-west1-b`; without it nodes and volumes of all zones are listed. */
  zone?: string;
  /** Another address of the API, as `http://localhost:9023/compute/v1`. */
  endpoint?: string;
}

export type GceConfig = GceBase & GoogleAccount;

export interface ExoscaleConfig extends CommonConfig {
  apiKey: string;
  apiSecret: string;
  /** The zone, as `ch-gva-2`. */
  region: string;
  endpoint?: string;
}

export interface OvhConfig extends CommonConfig {
  applicationKey: string;
  applicationSecret: string;
  consumerKey: string;
  /** The Public Cloud project's id. */
  projectId: string;
  /** The region, as `GRA11`; without it things of all regions are listed. */
  region?: string;
  /** Where the API is; Europe's by default, `https://ca.api.ovh.com/1.0` and `https://api.us.ovhcloud.com/1.0` are others. */
  endpoint?: string;
}

export interface ComputeProviders {
  ec2: Ec2Config;
  exoscale: ExoscaleConfig;
  gce: GceConfig;
  openstack: OpenStackConfig;
  ovh: OvhConfig;
  rackspace: RackspaceConfig;
  sandbox: SandboxConfig;
}

export interface StorageProviders {
  gcs: GcsConfig;
  s3: S3Config;
  sandbox: SandboxConfig;
}

export interface DnsProviders {
  powerdns: PowerDnsConfig;
  sandbox: SandboxConfig;
}

/** What a provider is, needs and has: data for a form. */
export interface Provider {
  readonly name: string;
  readonly title: string;
  /** Where its API is documented. */
  readonly docs: string;
  readonly fields: readonly { readonly name: string; readonly required: boolean; readonly secret: boolean; readonly help: string }[];
  /** The operations of each service it has. */
  readonly services: { readonly compute?: readonly string[]; readonly storage?: readonly string[]; readonly dns?: readonly string[] };
}
