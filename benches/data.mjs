// Answers of providers, made alike on every run, as long and as indented as the real ones.

export const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
export const region = 'eu-west-1';

/** Where the package under test lies. */
export const dist = new URL(process.env.SKYFETCH_DIST ? `file://${process.env.SKYFETCH_DIST}/` : '../dist/', import.meta.url);
export const skyfetch = () => import(new URL('node.js', dist));

const letters = (seed, length, alphabet = '0123456789abcdef') => {
  let state = (seed + 1) * 2654435761;
  let out = '';
  while (out.length < length) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out += alphabet[(state >>> 16) % alphabet.length];
  }
  return out;
};
const day = (i) => `2026-${String((i % 12) + 1).padStart(2, '0')}-${String((i % 28) + 1).padStart(2, '0')}`;

export const keyName = (i) => `logs/${day(i).replaceAll('-', '/')}/host-${i % 37}/part-${String(i).padStart(6, '0')}.json.gz`;

const s3Entry = (i) =>
  `<Contents><Key>${keyName(i)}</Key><LastModified>${day(i)}T10:42:17.000Z</LastModified><ETag>&quot;${letters(i, 32)}&quot;</ETag>` +
  `<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>${1000 + i * 977}</Size><StorageClass>STANDARD</StorageClass></Contents>`;

/** ListObjectsV2: one line, as S3 writes it. */
export function s3List(count = 1000, from = 0, next = '') {
  const contents = Array.from({ length: count }, (_, i) => s3Entry(from + i));
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>photos</Name><Prefix></Prefix>' +
    `${next && `<NextContinuationToken>${next}</NextContinuationToken>`}<KeyCount>${count}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>${next !== ''}</IsTruncated>${contents.join('')}</ListBucketResult>`
  );
}

/** How many keys a long listing has. */
export const KEYS = 100_000;
/** A page of it; its token is the number of the next. */
export const s3Page = (page) => s3List(1000, page * 1000, page < KEYS / 1000 - 1 ? String(page + 1) : '');

export const nodeName = (i) => `web-${i}`;
export const instanceId = (i) => `i-0${letters(i, 16)}`;

const instance = (i) => {
  const [address, inside] = [`203.0.${i >> 8}.${i & 255}`, `10.0.${i >> 8}.${i & 255}`];
  const groups = `<groupSet>
    <item>
        <groupId>sg-0${letters(i % 9, 16)}</groupId>
        <groupName>web &amp; mobile</groupName>
    </item>
</groupSet>`;
  const indent = (text, by) => text.replaceAll('\n', `\n${' '.repeat(by)}`);
  return `        <item>
            <reservationId>r-0${letters(i + 5000, 16)}</reservationId>
            <ownerId>123456789012</ownerId>
            <groupSet/>
            <instancesSet>
                <item>
                    <instanceId>${instanceId(i)}</instanceId>
                    <imageId>ami-0${letters(i % 7, 16)}</imageId>
                    <instanceState>
                        <code>16</code>
                        <name>running</name>
                    </instanceState>
                    <privateDnsName>ip-${inside.replaceAll('.', '-')}.eu-west-1.compute.internal</privateDnsName>
                    <dnsName>ec2-${address.replaceAll('.', '-')}.eu-west-1.compute.amazonaws.com</dnsName>
                    <reason/>
                    <keyName>my-key</keyName>
                    <amiLaunchIndex>0</amiLaunchIndex>
                    <productCodes/>
                    <instanceType>m5d.large</instanceType>
                    <launchTime>${day(i)}T10:42:17.000Z</launchTime>
                    <placement>
                        <availabilityZone>eu-west-1a</availabilityZone>
                        <groupName/>
                        <tenancy>default</tenancy>
                    </placement>
                    <monitoring>
                        <state>disabled</state>
                    </monitoring>
                    <subnetId>subnet-0${letters(i % 5, 16)}</subnetId>
                    <vpcId>vpc-0${letters(1, 16)}</vpcId>
                    <privateIpAddress>${inside}</privateIpAddress>
                    <ipAddress>${address}</ipAddress>
                    <sourceDestCheck>true</sourceDestCheck>
                    ${indent(groups, 20)}
                    <architecture>x86_64</architecture>
                    <rootDeviceType>ebs</rootDeviceType>
                    <rootDeviceName>/dev/xvda</rootDeviceName>
                    <blockDeviceMapping>
                        <item>
                            <deviceName>/dev/xvda</deviceName>
                            <ebs>
                                <volumeId>vol-0${letters(i, 16)}</volumeId>
                                <status>attached</status>
                                <attachTime>${day(i)}T10:42:18.000Z</attachTime>
                                <deleteOnTermination>true</deleteOnTermination>
                            </ebs>
                        </item>
                    </blockDeviceMapping>
                    <virtualizationType>hvm</virtualizationType>
                    <clientToken>${letters(i + 9000, 32)}</clientToken>
                    <tagSet>
                        <item>
                            <key>Name</key>
                            <value>${nodeName(i)}</value>
                        </item>
                    </tagSet>
                    <hypervisor>xen</hypervisor>
                    <networkInterfaceSet>
                        <item>
                            <networkInterfaceId>eni-0${letters(i, 16)}</networkInterfaceId>
                            <subnetId>subnet-0${letters(i % 5, 16)}</subnetId>
                            <vpcId>vpc-0${letters(1, 16)}</vpcId>
                            <description/>
                            <ownerId>123456789012</ownerId>
                            <status>in-use</status>
                            <macAddress>0e:27:72:16:52:${letters(i, 2)}</macAddress>
                            <privateIpAddress>${inside}</privateIpAddress>
                            <sourceDestCheck>true</sourceDestCheck>
                            <attachment>
                                <attachmentId>eni-attach-0${letters(i, 16)}</attachmentId>
                                <deviceIndex>0</deviceIndex>
                                <status>attached</status>
                                <attachTime>${day(i)}T10:42:17.000Z</attachTime>
                                <deleteOnTermination>true</deleteOnTermination>
                            </attachment>
                        </item>
                    </networkInterfaceSet>
                    <ebsOptimized>false</ebsOptimized>
                </item>
            </instancesSet>
        </item>
`;
};

/** DescribeInstances, indented as EC2 writes it: 4.3 kB an instance. */
export function ec2List(count = 1000) {
  return `<?xml version="1.0" encoding="UTF-8"?>
<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
    <requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId>
    <reservationSet>
${Array.from({ length: count }, (_, i) => instance(i)).join('')}    </reservationSet>
</DescribeInstancesResponse>
`;
}

const uuid = (i) => letters(i, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

export const serverId = uuid;

/** Nova's servers/detail: 2.4 kB a server. */
export function openstackList(count = 1000) {
  const link = (rel, path) => ({ rel, href: `https://nova.example/${path}` });
  const server = (i) => {
    const address = (addr, type, version = 4) => ({ 'OS-EXT-IPS-MAC:mac_addr': `fa:16:3e:4f:0${i % 10}:${letters(i, 2)}`, version, addr, 'OS-EXT-IPS:type': type });
    return {
      id: uuid(i),
      name: nodeName(i),
      status: 'ACTIVE',
      tenant_id: letters(1, 32),
      user_id: letters(2, 32),
      metadata: { role: 'web', deploy: letters(i, 40), commit: letters(i + 100, 40), owner: 'platform-team@example.org', 'backup:policy': 'daily-at-three', notes: 'made by the autoscaler; do not change by hand' },
      hostId: letters(i % 20, 56),
      image: { id: uuid(i % 7), links: [link('bookmark', `images/${uuid(i % 7)}`)] },
      flavor: { id: String((i % 5) + 1), links: [link('bookmark', `flavors/${(i % 5) + 1}`)] },
      created: `${day(i)}T10:42:17Z`,
      updated: `${day(i)}T10:43:02Z`,
      addresses: {
        private: [address(`10.0.${i >> 8}.${i & 255}`, 'fixed'), address(`fd00::f816:3eff:fe4f:${i}`, 'fixed', 6), address(`203.0.${i >> 8}.${i & 255}`, 'floating')],
        storage: [address(`172.16.${i >> 8}.${i & 255}`, 'fixed'), address(`fd01::f816:3eff:fe4f:${i}`, 'fixed', 6)],
      },
      accessIPv4: '',
      accessIPv6: '',
      links: [link('self', `v2.1/servers/${uuid(i)}`), link('bookmark', `servers/${uuid(i)}`)],
      'OS-DCF:diskConfig': 'MANUAL',
      progress: 0,
      'OS-EXT-AZ:availability_zone': 'nova',
      config_drive: '',
      key_name: 'my-key',
      'OS-SRV-USG:launched_at': `${day(i)}T10:42:40.000000`,
      'OS-SRV-USG:terminated_at': null,
      'OS-EXT-SRV-ATTR:host': `compute-${i % 20}`,
      'OS-EXT-SRV-ATTR:instance_name': `instance-${letters(i, 8)}`,
      'OS-EXT-SRV-ATTR:hypervisor_hostname': `compute-${i % 20}.cloud.example`,
      'OS-EXT-STS:task_state': null,
      'OS-EXT-STS:vm_state': 'active',
      'OS-EXT-STS:power_state': 1,
      'os-extended-volumes:volumes_attached': [{ id: uuid(i + 1), delete_on_termination: true }, { id: uuid(i + 2), delete_on_termination: false }],
      locked: false,
      description: 'a web server of the shop',
      tags: ['web', 'shop'],
      security_groups: [{ name: 'default' }, { name: 'web' }],
    };
  };
  return JSON.stringify({ servers: Array.from({ length: count }, (_, i) => server(i)) });
}

export const keystone = { url: 'https://keystone.example:5000/v3' };

/** Keystone's answer: a token for an hour, and where Nova is. */
export function keystoneToken() {
  const body = {
    token: {
      methods: ['password'],
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      project: { id: letters(1, 32), name: 'demo' },
      catalog: [{ type: 'compute', name: 'nova', endpoints: [{ interface: 'public', region: 'RegionOne', region_id: 'RegionOne', url: 'https://nova.example/v2.1' }] }],
    },
  };
  return new Response(JSON.stringify(body), { status: 201, headers: { 'content-type': 'application/json', 'x-subject-token': letters(3, 180) } });
}

/** Fails unless a side really gave every item, and the right ones. */
export function check(names, wanted, count = 1000) {
  const ok = names.length === count && names.every((name, i) => name === wanted(i));
  if (!ok) throw new Error(`wrong results: ${names.length} of ${count}, the first ${names[0]}, wanted ${wanted(0)}`);
}
