/** English: connecting clients. */

/** Of clients, by the names that addresses have for them. */
const names = Object.freeze({
  s3cmd: 's3cmd',
  's3cmd-v2': 's3cmd, signature V2',
  aws: 'aws-cli',
  rclone: 'rclone',
  restic: 'restic',
  boto3: 'boto3 (Python)',
  javascript: 'JavaScript',
  curl: 'curl',
});

export const connect = Object.freeze({
  lead: 'Ready to paste, with this store’s address and your key.',
  key: 'With the key',
  client: 'In',
  names,
  noSecret: 'Secrets are shown once, so YOUR_SECRET stands for it. A new key comes with its own.',
  withSecret: 'The secret is filled in until you leave this page.',
  v2Refused: 'This key may not sign with signature V2: change the key, or choose another client.',
  noKeys: 'You have no key that works. Make one first.',
  save: (place: string) => `Save as ${place}`,
  shell: 'In a shell',
  program: (language: string) => `In ${language}`,
  check: 'Then run',
  waiting: 'Waiting for a request of this key …',
  usedBefore: (when: string, by: string) =>
    `It was used ${when} by ${by}. A request of a client that the store knows already shows within a minute.`,
  connected: (by: string) => `Connected: ${by}`,
  somebody: 'a client',
  browser: 'a browser',
  from: (by: string, address: string) => `${by} from ${address}`,
  configuration: 'Configuration',
  command: 'Command',
});
