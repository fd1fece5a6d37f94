// Models and configurations: what comes back, and what goes in.

import type { R2BucketBinding } from './r2.js';

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
  /** Needed, unless `bootVolume` or `extra` stands in for it. */
  image?: Id<NodeImage>;
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
  /**
   * A repeated creation with the same token makes no second node; made up where the provider takes one, refused where it
   * takes none: there, a creation whose answer is lost is not sent again.
   */
  idempotencyToken?: string;
  /** A volume to start from, in place of an image. */
  bootVolume?: Id<Volume>;
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
  /** How many operations a second it is to serve, where its type lets one choose. */
  iops?: number;
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

export interface DigitalOceanConfig extends CommonConfig {
  token: string;
  /** Where networks are made, and what is made without a location. */
  region?: string;
  endpoint?: string;
}

export interface Ec2Config extends CommonConfig {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  region: string;
  endpoint?: string;
}

export interface EucalyptusConfig extends CommonConfig {
  /** Where the cloud is; `/services/compute` follows where it has no path. */
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** The region's name in signatures. */
  region?: string;
}

export interface AliyunEcsConfig extends CommonConfig {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** The region, as `cn-hangzhou`. */
  region: string;
  /** The zone where things are made without a location, as `cn-hangzhou-h`. */
  zone?: string;
  /** The id of the VPC that security groups are made in. */
  vpc?: string;
  endpoint?: string;
}

export interface CloudStackConfig extends CommonConfig {
  apiKey: string;
  secretKey: string;
  /** The API, as `https://cloud.example/client/api`. */
  endpoint: string;
  /** The id of the zone whose things are listed, and where things are made without a location. */
  zone?: string;
  /** The id of the project whose things are meant. */
  project?: string;
}

export interface IkoulaConfig extends CommonConfig {
  apiKey: string;
  secretKey: string;
  zone?: string;
  project?: string;
  endpoint?: string;
}

/** An image is a product, which is a template and a size; a size is one of its disks. */
export interface KtCloudConfig extends CommonConfig {
  apiKey: string;
  secretKey: string;
  /** The API, as `https://api.ucloudbiz.olleh.com/server/v1/client/api`. */
  endpoint: string;
  zone?: string;
}

export interface KamateraConfig extends CommonConfig {
  clientId: string;
  secret: string;
  /** The datacenter whose sizes and images are listed, and where nodes are made without a location. */
  region: string;
  endpoint?: string;
}

export interface LinodeConfig extends CommonConfig {
  token: string;
  /** Where that is made which has no location. */
  region?: string;
  endpoint?: string;
}

export interface CloudscaleConfig extends CommonConfig {
  token: string;
  /** Where things are made; by default the project's zone. */
  zone?: 'lpg1' | 'rma1' | (string & {});
  endpoint?: string;
}

export interface GridscaleConfig extends CommonConfig {
  /** The user's UUID. */
  userId: string;
  token: string;
  endpoint?: string;
}

export interface HetznerConfig extends CommonConfig {
  token: string;
  /** Where nodes and volumes are made, as `fsn1`; by default as each asks, or as Hetzner chooses. */
  location?: string;
  /** The zone of new networks' subnets; by default `eu-central`. */
  networkZone?: string;
  endpoint?: string;
}

interface SwiftConfig extends CommonConfig {
  /** The key that Swift checks temporary URLs with: what `presign` signs by. */
  tempUrlKey?: string;
  /** How such URLs are signed: `sha256` unless given, `sha1` for Ceph and clusters of before 2018. */
  tempUrlDigest?: 'sha256' | 'sha1';
}

type OpenStackUser =
  | { username: string; password: string; project: string; projectId?: never; domain?: string; projectDomain?: string }
  | { username: string; password: string; projectId: string; project?: never; domain?: string }
  | { applicationCredentialId: string; applicationCredentialSecret: string };

export type OpenStackConfig = SwiftConfig &
  OpenStackUser & {
    /** Keystone's URL, with or without `/v3`. */
    authUrl: string;
    region?: string;
    interface?: 'public' | 'internal' | 'admin';
  };

/** A cloud that runs OpenStack, by its name: Keystone's URL is known. */
export type OpenStackCloudConfig<Region extends string = string> = SwiftConfig &
  OpenStackUser & {
    /** The region, as the cloud's catalogue names it. */
    region: Region | (string & {});
    /** Another Keystone than the cloud's own. */
    authUrl?: string;
  };

/** One that has one region. */
export type OpenStackSingleConfig = SwiftConfig & OpenStackUser & { region?: string; authUrl?: string };

export type OtcConfig = CommonConfig & {
  region: 'eu-de' | 'eu-nl' | 'eu-ch2' | (string & {});
  username: string;
  password: string;
  /** The contract's domain, as `OTC00000000001000000447`. */
  domain: string;
  authUrl?: string;
} & ({ project: string; projectId?: never } | { projectId: string; project?: never });

export interface RackspaceConfig extends CommonConfig {
  username: string;
  apiKey: string;
  region: 'DFW' | 'ORD' | 'IAD' | 'LON' | 'SYD' | 'HKG' | (string & {});
  identityEndpoint?: string;
  /** The key that Cloud Files checks temporary URLs with: what `presign` signs by. */
  tempUrlKey?: string;
}

export interface ScalewayConfig extends CommonConfig {
  secretKey: string;
  /** The project in which things are made. */
  projectId: string;
  /** An availability zone. */
  zone: 'fr-par-1' | 'nl-ams-1' | 'pl-waw-1' | (string & {});
  endpoint?: string;
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

/** A store that speaks S3, in one of its provider's regions. */
export interface S3RegionConfig extends CommonConfig {
  accessKeyId: string;
  secretAccessKey: string;
  /** Where the buckets are: the part of the endpoint that says so, as `fr-par`, `nyc3`, `us-west-004`. */
  region: string;
  /** Where the store is, if not at the provider's usual address. */
  endpoint?: string;
}

/** A store that speaks S3, at an address of its own. */
export interface S3EndpointConfig extends CommonConfig {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  endpoint: string;
  /** The region's name in signatures; `us-east-1` by default. */
  region?: string;
  /** Whether the container stands in the path, as it does by default. */
  pathStyle?: boolean;
}

export interface R2Config extends CommonConfig {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  accountId: string;
  /** For a jurisdiction, as `https://ACCOUNT.eu.r2.cloudflarestorage.com`. */
  endpoint?: string;
}

/** Google Cloud Storage in the dialect of S3, by an HMAC key. */
export interface GcsS3Config extends CommonConfig {
  accessKeyId: string;
  secretAccessKey: string;
  endpoint?: string;
}

/** Backblaze B2 by its native API, which pages of browsers cannot log in to. */
export interface BackblazeConfig extends CommonConfig {
  applicationKeyId: string;
  applicationKey: string;
  /** Where to log in; Backblaze by default. */
  endpoint?: string;
}

/** Alibaba Cloud's object storage. */
export interface OssConfig extends CommonConfig {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** The buckets' region, as `cn-hangzhou`. */
  region: string;
  /** Another endpoint than the region's public one, as `https://oss-cn-hangzhou-internal.aliyuncs.com`. */
  endpoint?: string;
}

interface AzureArmCommon extends CommonConfig {
  subscriptionId: string;
  /** The resource group that things are made in and listed from; without it, those of all groups are listed. */
  resourceGroup?: string;
  /** Where sizes and images are asked for, and where things are made that are made without a location. */
  location?: 'westeurope' | 'northeurope' | 'eastus' | 'southeastasia' | (string & {});
  /** The administrator of nodes that are made; `azureuser` by default. */
  username?: string;
  endpoint?: string;
}

export type AzureArmConfig = AzureArmCommon &
  (
    | { tenantId: string; clientId: string; clientSecret: string; authority?: string; token?: never }
    /** A token of Entra ID for `https://management.azure.com`. */
    | { token: string; tenantId?: never; clientId?: never; clientSecret?: never; authority?: never }
  );

interface AzureBlobsCommon extends CommonConfig {
  /** The storage account's name. */
  account: string;
  /** Where the account's blobs are; by default `https://ACCOUNT.blob.core.windows.net`. */
  endpoint?: string;
}

type AzureKey = 'accountKey' | 'sasToken' | 'token' | 'tenantId' | 'clientId' | 'clientSecret' | 'authority';
/** One way to authenticate, and none of the others. */
type AzureWay<T> = T & { [Other in Exclude<AzureKey, keyof T>]?: never };

export type AzureBlobsConfig = AzureBlobsCommon &
  (
    | AzureWay<{ accountKey: string }>
    /** A shared access signature: the part of its URL after the question mark. */
    | AzureWay<{ sasToken: string }>
    /** A token of Entra ID for `https://storage.azure.com`. */
    | AzureWay<{ token: string }>
    /** An application of Entra ID, which logs in. */
    | AzureWay<{ tenantId: string; clientId: string; clientSecret: string; authority?: string }>
  );
interface UpCloudCommon extends CommonConfig {
  /** Where things are made. */
  zone?: 'fi-hel1' | 'de-fra1' | 'us-nyc1' | (string & {});
  endpoint?: string;
}

export type UpCloudConfig = UpCloudCommon & ({ token: string } | { username: string; password: string });

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

export interface BrightboxConfig extends CommonConfig {
  /** The API client's id, as `cli-12345`. */
  clientId: string;
  clientSecret: string;
  endpoint?: string;
}

export interface CloudSigmaConfig extends CommonConfig {
  /** The account's e-mail address. */
  username: string;
  password: string;
  /** The location; `zrh` by default. */
  region?: string;
  endpoint?: string;
}

export interface KubeVirtConfig extends CommonConfig {
  /** The Kubernetes API server, as `https://cluster.example:6443`. */
  endpoint: string;
  /** A bearer token, as of a service account. */
  token?: string;
  /** In place of a token, for a server that takes it. */
  username?: string;
  password?: string;
  /** Where things are made and listed; without it those of all namespaces are listed, and made in `default`. */
  namespace?: string;
}

export interface OutscaleConfig extends CommonConfig {
  accessKeyId: string;
  secretAccessKey: string;
  /** The region, as `eu-west-2`. */
  region: string;
  /** The Net in which networks and security groups are made, as `vpc-12345678`. */
  netId?: string;
  endpoint?: string;
}

export interface OutscaleFcuConfig extends CommonConfig {
  accessKeyId: string;
  secretAccessKey: string;
  region: 'eu-west-2' | 'cloudgouv-eu-west-1' | 'us-east-2' | 'us-west-1' | 'ap-northeast-1' | (string & {});
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

export interface VultrConfig extends CommonConfig {
  token: string;
  /** Where networks are made, and what is made without a location. */
  region?: string;
  endpoint?: string;
}

export interface ComputeProviders {
  'aliyun-ecs': AliyunEcsConfig;
  'azure-arm': AzureArmConfig;
  binero: OpenStackSingleConfig;
  brightbox: BrightboxConfig;
  catalyst: OpenStackCloudConfig<'nz-por-1' | 'nz-hlz-1'>;
  cleura: OpenStackCloudConfig<'Kna1' | 'Sto2' | 'Fra1'>;
  cloudscale: CloudscaleConfig;
  cloudsigma: CloudSigmaConfig;
  cloudstack: CloudStackConfig;
  digitalocean: DigitalOceanConfig;
  ec2: Ec2Config;
  elastx: OpenStackSingleConfig;
  eucalyptus: EucalyptusConfig;
  exoscale: ExoscaleConfig;
  gce: GceConfig;
  gridscale: GridscaleConfig;
  hetzner: HetznerConfig;
  ikoula: IkoulaConfig;
  infomaniak: OpenStackCloudConfig<'dc3-a' | 'dc4-a'>;
  kamatera: KamateraConfig;
  ktucloud: KtCloudConfig;
  kubevirt: KubeVirtConfig;
  linode: LinodeConfig;
  openstack: OpenStackConfig;
  outscale: OutscaleConfig;
  otc: OtcConfig;
  'outscale-fcu': OutscaleFcuConfig;
  ovh: OvhConfig;
  'ovh-openstack': OpenStackCloudConfig;
  rackspace: RackspaceConfig;
  sandbox: SandboxConfig;
  scaleway: ScalewayConfig;
  upcloud: UpCloudConfig;
  vexxhost: OpenStackCloudConfig;
  vultr: VultrConfig;
}

/** Memory, or a directory: nothing is sent. */
export interface LocalConfig {
  /** The browser's own file system, as `await navigator.storage.getDirectory()`, or any directory of it; memory unless given. */
  directory?: FileSystemDirectoryHandle;
}

/** A Worker's own bucket, by its binding: nothing is sent. */
export interface R2BindingConfig {
  /** As `env.BUCKET`. */
  bucket: R2BucketBinding;
  /** What the container is called, for the binding does not say; `bucket` unless given. */
  name?: string;
}

export interface StorageProviders {
  'azure-blobs': AzureBlobsConfig;
  'backblaze-b2': BackblazeConfig;
  'backblaze-b2-s3': S3RegionConfig;
  binero: OpenStackSingleConfig;
  catalyst: OpenStackCloudConfig<'nz-por-1' | 'nz-hlz-1'>;
  'ceph-rgw': S3EndpointConfig;
  cleura: OpenStackCloudConfig<'Kna1' | 'Sto2' | 'Fra1'>;
  'digitalocean-spaces': S3RegionConfig;
  elastx: OpenStackSingleConfig;
  exoscale: S3RegionConfig;
  gcs: GcsConfig;
  'gcs-s3': GcsS3Config;
  hetzner: S3RegionConfig;
  infomaniak: OpenStackCloudConfig<'dc3-a' | 'dc4-a'>;
  linode: S3RegionConfig;
  local: LocalConfig;
  minio: S3EndpointConfig;
  openstack: OpenStackConfig;
  oss: OssConfig;
  outscale: S3RegionConfig;
  ovh: S3RegionConfig;
  'ovh-openstack': OpenStackCloudConfig;
  r2: R2Config;
  'r2-binding': R2BindingConfig;
  rackspace: RackspaceConfig;
  s3: S3Config;
  sandbox: SandboxConfig;
  scaleway: S3RegionConfig;
  vexxhost: OpenStackCloudConfig;
  vultr: S3RegionConfig;
  wasabi: S3RegionConfig;
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
