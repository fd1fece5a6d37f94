// The command line of `npm start`.

export const HELP = `npm start -- [options]

Starts servers, joined; watches them boot; uploads files and downloads them again; says how long it took. Then it serves
the same as a page. Without options all of it happens in the sandbox, a cloud in memory: no account is needed.

  --nodes N            servers to start (20)
  --files N            files to upload and download (500)
  --file-size BYTES    bytes a file (16384)
  --concurrency N      operations in flight (20)
  --failure-rate R     how many of the sandbox's requests fail, from 0 to 0.5 (0)
  --port N             the page's port; without it the first free one from 8787 on
  --no-serve           ends when the job is done, without the page
  --help               this text

On a real account (servers may cost money; all that is made is destroyed at the end, also on Ctrl-C):

  --provider NAME      where the servers start, as ec2 or openstack
  --image ID --size ID what they are made from; --network ID where the provider wants one
  --storage NAME       where the files go, as s3; the sandbox without it
  --yes                does not ask before anything is created

What an account is made from is given by name: --region us-east-1, --endpoint URL, --auth-url URL … go to both accounts,
--storage-region, --storage-endpoint … to the storage account alone. Secrets are better in the environment, where no shell history
keeps them: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION; OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME,
OS_REGION_NAME; RAX_USERNAME, RAX_API_KEY, RAX_REGION; or SKYFETCH_ and the field, as SKYFETCH_API_KEY.

  npm start -- --provider ec2 --region eu-west-1 --image ami-… --size t3.nano --nodes 3 --storage s3
`;

/** What is wrong with the command line, and what to do. */
export class UsageError extends Error {}

const whole = (least, most) => (text, name) => {
  const n = Number(text);
  if (!Number.isInteger(n) || n < least || n > most) throw new UsageError(`${name} must be a whole number from ${least} to ${most}, not "${text}".`);
  return n;
};
const fraction = (text, name) => {
  const n = Number(text);
  if (text === '' || !(n >= 0 && n <= 0.5)) throw new UsageError(`${name} must be a number from 0 to 0.5, not "${text}".`);
  return n;
};
const text = (value) => value;

const OPTIONS = {
  nodes: whole(1, 1_000),
  files: whole(1, 100_000),
  'file-size': whole(1, 8 << 20),
  concurrency: whole(1, 1_000),
  'failure-rate': fraction,
  port: whole(1, 65_535),
  provider: text,
  storage: text,
  image: text,
  size: text,
  network: text,
};
const SWITCHES = ['yes', 'no-serve', 'help'];

/** Reads the command line. What it does not know is a field of an account, checked when the providers are known. */
export function parse(argv) {
  const options = { nodes: 20, files: 500, fileSize: 16_384, concurrency: 20, failureRate: undefined, provider: 'sandbox', storage: 'sandbox', fields: {} };
  for (let i = 0; i < argv.length; i++) {
    const [, name, , given] = argv[i].match(/^--([a-z][a-z0-9-]*)(=(.*))?$/s) ?? [];
    if (!name) throw new UsageError(`"${argv[i]}" is no option.`);
    if (SWITCHES.includes(name)) {
      if (given !== undefined) throw new UsageError(`--${name} takes no value.`);
      options[camel(name)] = true;
      continue;
    }
    const value = given ?? argv[++i];
    if (value === undefined || (given === undefined && value.startsWith('--'))) throw new UsageError(`--${name} needs a value.`);
    if (OPTIONS[name]) options[camel(name)] = OPTIONS[name](value, `--${name}`);
    else options.fields[camel(name)] = value;
  }
  const sandboxed = options.provider === 'sandbox' || options.storage === 'sandbox';
  // A slip of the pen is told at once, not after a build of some minutes.
  const slip = Object.keys(options.fields).find((field) => !['latency', 'bootTime'].includes(field));
  if (slip && options.provider === 'sandbox' && options.storage === 'sandbox') throw new UsageError(`there is no option --${kebab(slip)}.`);
  if (options.failureRate && !sandboxed) throw new UsageError('--failure-rate is for the sandbox: no real cloud fails on purpose.');
  return options;
}

/** Fields by the names under which each cloud's own tools read them from the environment. */
const ENVIRONMENT = {
  AWS: { ACCESS_KEY_ID: 'accessKeyId', SECRET_ACCESS_KEY: 'secretAccessKey', SESSION_TOKEN: 'sessionToken', DEFAULT_REGION: 'region', REGION: 'region', ENDPOINT_URL: 'endpoint' },
  OS: {
    AUTH_URL: 'authUrl', USERNAME: 'username', PASSWORD: 'password', PROJECT_NAME: 'project', PROJECT_ID: 'projectId', USER_DOMAIN_NAME: 'domain', REGION_NAME: 'region',
    INTERFACE: 'interface', APPLICATION_CREDENTIAL_ID: 'applicationCredentialId', APPLICATION_CREDENTIAL_SECRET: 'applicationCredentialSecret',
  },
  RAX: { USERNAME: 'username', API_KEY: 'apiKey', REGION: 'region' },
};
const FAMILY = { ec2: 'AWS', s3: 'AWS', openstack: 'OS', rackspace: 'RAX' };

/** The configurations of both accounts: from the environment, then from the command line, which is checked against the providers' fields. */
export function accounts(options, providers, environment = process.env) {
  const chosen = { compute: find(providers, 'compute', options.provider), storage: find(providers, 'storage', options.storage) };
  const used = new Set();
  const config = {};
  for (const [service, provider] of Object.entries(chosen)) {
    const own = (config[service] = {});
    const family = FAMILY[provider.name];
    const fields = provider.fields.map((field) => field.name);
    for (const [variable, field] of Object.entries(ENVIRONMENT[family] ?? {})) {
      if (environment[`${family}_${variable}`] && fields.includes(field)) own[field] = environment[`${family}_${variable}`];
    }
    for (const field of fields) {
      const variable = `SKYFETCH_${field.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
      if (environment[variable]) own[field] = environment[variable];
      const special = `storage${field[0].toUpperCase()}${field.slice(1)}`;
      for (const name of service === 'storage' ? [field, special] : [field]) {
        if (options.fields[name] === undefined) continue;
        own[field] = options.fields[name];
        used.add(name);
      }
    }
    if (provider.name === 'sandbox' && options.failureRate !== undefined) own.failureRate = String(options.failureRate);
    // OpenStack's own files set more than one way to say the same.
    if (own.applicationCredentialId) for (const field of ['username', 'password', 'project', 'projectId', 'domain']) delete own[field];
    if (own.projectId) delete own.project;
  }
  const unknown = Object.keys(options.fields).find((name) => !used.has(name));
  if (unknown) {
    const takes = Object.values(chosen).map((p) => `${p.name} takes ${p.fields.map((f) => `--${kebab(f.name)}`).join(' ') || 'none'}`);
    throw new UsageError(`--${kebab(unknown)} is neither an option nor a field of an account: ${[...new Set(takes)].join('; ')}.`);
  }
  for (const [service, provider] of Object.entries(chosen)) {
    const missing = provider.fields.filter((field) => field.required && !config[service][field.name]);
    if (missing.length) throw new UsageError(`${provider.title} needs ${missing.map((f) => `--${kebab(f.name)} (${f.help})`).join(', ')}.`);
  }
  return config;
}

function find(providers, service, name) {
  const having = providers.filter((provider) => provider.services[service]);
  const found = having.find((provider) => provider.name === name);
  if (!found) throw new UsageError(`there is no ${service} provider "${name}": choose of ${having.map((p) => p.name).join(', ')}.`);
  return found;
}

const camel = (name) => name.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());
const kebab = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
