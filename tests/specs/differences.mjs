// Where a request is right and its document is not: of which cases (a name, or the start of names with `*`), the problem as the
// check words it (or its start with `*`), and why. An entry that nothing needs fails the test.

const PAGES = 'the document tells of pages in its introduction only; later ones name both parameters'
const THEIRS = "KubeVirt's own; the document is of Kubernetes, which has namespaces and volumes"
const RESUMABLE = 'the document names the resumable protocol, and does not tell of it: parts by PUT, an end by DELETE'
const REFUSED = 'the case is of what the API refuses'

export const DIFFERENCES = {
  eucalyptus: [['*', 'the path is /', 'Eucalyptus serves the API below a path of its own']],
  gcs: [
    ['get_container.re*', 'https://oauth2.googleapis.com is none of*', 'log-ins are none of its business'],
    ['download*', 'the document has no path /photos/*', "of the XML API, whose answers' headers tell all of an object"],
    ['*', '/upload/storage/v1/b/{bucket}/o has no PUT', RESUMABLE],
    ['abort_upload*', '/upload/storage/v1/b/{bucket}/o has no DELETE', RESUMABLE],
  ],
  hetzner: [
    ['list_*', 'query per_page: the document does not know it', PAGES],
    ['list_nodes*', 'query page: the document does not know it', PAGES],
  ],
  kubevirt: [
    ['*', 'the document has no path /apis/kubevirt.io/*', THEIRS],
    ['*', 'the document has no path /apis/subresources.kubevirt.io/*', THEIRS],
    ['list_sizes*', 'the document has no path /apis/instancetype.kubevirt.io/*', THEIRS],
  ],
  linode: [
    ['create_node.weak', 'body/root_pass: must NOT have fewer than*', REFUSED],
    ['create_node', 'body: the document knows no "metadata"', 'younger than the document'],
    ['create_node', 'body: the document knows no "firewall_id"', 'younger than the document'],
    ['create_security_group', 'body/rules: the document knows no *', 'the document says in two places what rules are: these are named in the other'],
    ['create_volume.name', 'body/label: must match pattern*', REFUSED],
    ['list_locations', 'query page_size: the document does not know it', 'the answer is in pages all the same, and holds 100 of them where nothing is said'],
    ['list_sizes', 'query page_size: the document does not know it', 'the answer is in pages all the same, and holds 100 of them where nothing is said'],
    ['rebuild_node', "body: must have required property 'root_pass'", "since 2026 the keys of users will do in a password's place"],
  ],
  'outscale-fcu': [['create_node.untagged', 'InstanceType: it is one of *', 'OUTSCALE has types of its own beside Amazon\'s']],
}
