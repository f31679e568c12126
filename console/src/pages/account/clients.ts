/**
 * Configurations of clients that work when they are pasted: real endpoint, region and key. The secret is filled in only while it is
 * in memory. Values are quoted for the file or shell that they land in.
 */

export const CLIENTS = ['s3cmd', 's3cmd-v2', 'aws', 'rclone', 'restic', 'boto3', 'javascript', 'curl'] as const;
export type Client = (typeof CLIENTS)[number];

export interface Connection {
  /** `https://s3.example.org` */
  readonly endpoint: string;
  /** Buckets are hosts below it. */
  readonly bucketDomain?: string | undefined;
  readonly region: string;
  readonly accessKeyId: string;
  /** Undefined: it is no longer known. */
  readonly secret: string | undefined;
}

export interface Configuration {
  /** Where it goes: a file, or a shell. */
  readonly place: string;
  readonly text: string;
  /** What to run then. */
  readonly check: string;
}

const PLACEHOLDER = 'YOUR_SECRET';

/** For a POSIX shell. */
export const shellQuote = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

const s3cmd =
  (v2: boolean) =>
  ({ endpoint, bucketDomain, region, accessKeyId, secret = PLACEHOLDER }: Connection): Configuration => {
    const host = endpoint.replace(/^https?:\/\//, '');
    const lines = [
      '[default]',
      `host_base = ${host}`,
      `host_bucket = ${bucketDomain === undefined ? host : `%(bucket)s.${bucketDomain}`}`,
      `bucket_location = ${region}`,
      `access_key = ${accessKeyId}`,
      `secret_key = ${secret}`,
      `use_https = ${endpoint.startsWith('https:') ? 'True' : 'False'}`,
      `signature_v2 = ${v2 ? 'True' : 'False'}`,
    ];
    return { place: '~/.s3cfg', text: `${lines.join('\n')}\n`, check: 's3cmd ls' };
  };

function aws({ endpoint, region, accessKeyId, secret = PLACEHOLDER }: Connection): Configuration {
  const values = [
    ['AWS_ACCESS_KEY_ID', accessKeyId],
    ['AWS_SECRET_ACCESS_KEY', secret],
    ['AWS_DEFAULT_REGION', region],
    ['AWS_ENDPOINT_URL_S3', endpoint],
  ] as const;
  return {
    place: 'shell',
    text: values.map(([name, value]) => `export ${name}=${shellQuote(value)}\n`).join(''),
    check: 'aws s3 ls',
  };
}

function rclone({ endpoint, region, accessKeyId, secret = PLACEHOLDER }: Connection): Configuration {
  const lines = [
    '[moraine]',
    'type = s3',
    'provider = Other',
    `access_key_id = ${accessKeyId}`,
    `secret_access_key = ${secret}`,
    `endpoint = ${endpoint}`,
    `region = ${region}`,
    'force_path_style = true',
  ];
  return { place: '~/.config/rclone/rclone.conf', text: `${lines.join('\n')}\n`, check: 'rclone lsd moraine:' };
}

function restic(connection: Connection): Configuration {
  const { endpoint, region, accessKeyId, secret = PLACEHOLDER } = connection;
  const values = [
    ['AWS_ACCESS_KEY_ID', accessKeyId],
    ['AWS_SECRET_ACCESS_KEY', secret],
    ['AWS_DEFAULT_REGION', region],
    ['RESTIC_REPOSITORY', `s3:${endpoint}/backups`],
  ] as const;
  return {
    place: 'shell',
    text: values.map(([name, value]) => `export ${name}=${shellQuote(value)}\n`).join(''),
    check: 'restic init',
  };
}

function boto3({ endpoint, region, accessKeyId, secret = PLACEHOLDER }: Connection): Configuration {
  const text = `import boto3

s3 = boto3.client(
    "s3",
    endpoint_url=${JSON.stringify(endpoint)},
    region_name=${JSON.stringify(region)},
    aws_access_key_id=${JSON.stringify(accessKeyId)},
    aws_secret_access_key=${JSON.stringify(secret)},
)
print([bucket["Name"] for bucket in s3.list_buckets()["Buckets"]])
`;
  return { place: 'Python', text, check: 'python3 connect.py' };
}

function javascript({ endpoint, region, accessKeyId, secret = PLACEHOLDER }: Connection): Configuration {
  const text = `import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';

const s3 = new S3Client({
  endpoint: ${JSON.stringify(endpoint)},
  region: ${JSON.stringify(region)},
  forcePathStyle: true,
  credentials: {
    accessKeyId: ${JSON.stringify(accessKeyId)},
    secretAccessKey: ${JSON.stringify(secret)},
  },
});
console.log((await s3.send(new ListBucketsCommand({}))).Buckets);
`;
  return { place: 'JavaScript', text, check: 'node connect.mjs' };
}

function curl({ endpoint, region, accessKeyId, secret = PLACEHOLDER }: Connection): Configuration {
  const text = [
    `curl --aws-sigv4 ${shellQuote(`aws:amz:${region}:s3`)} \\`,
    `  --user ${shellQuote(`${accessKeyId}:${secret}`)} \\`,
    `  ${shellQuote(`${endpoint}/`)}\n`,
  ].join('\n');
  return { place: 'shell', text, check: text.trim() };
}

const WRITERS: Readonly<Record<Client, (connection: Connection) => Configuration>> = {
  s3cmd: s3cmd(false),
  's3cmd-v2': s3cmd(true),
  aws,
  rclone,
  restic,
  boto3,
  javascript,
  curl,
};

export const configurationOf = (client: Client, connection: Connection): Configuration => WRITERS[client](connection);

/** For what reads environment files. */
export const envFile = ({ endpoint, region, accessKeyId, secret = PLACEHOLDER }: Connection): string =>
  [
    `AWS_ACCESS_KEY_ID=${accessKeyId}`,
    `AWS_SECRET_ACCESS_KEY=${secret}`,
    `AWS_DEFAULT_REGION=${region}`,
    `AWS_ENDPOINT_URL_S3=${endpoint}`,
    '',
  ].join('\n');
