/** `moraine key session`: temporary credentials, ready to paste into a shell or a client's configuration. */

import { LOCAL } from '../admin/means.ts';
import type { SessionCredentials } from '../admin/types.ts';
import { endpointOf } from '../config.ts';
import { type Command, EXIT } from './command.ts';
import { print, time } from './print.ts';
import { type S3cmdTarget, s3cmdConfig } from './s3cmd.ts';
import { durationOf, SCOPE_OPTIONS, scopeOf } from './scope-options.ts';
import { STORE_SETTINGS, withStore } from './store.ts';

export const keySession: Command = {
  name: 'key session',
  summary: 'Derives temporary credentials from an access key, for handing on, and prints them for clients.',
  details:
    'They may do what the key may at the time of each use, and less with a scope; they cannot change accounts or keys. They end with the key, with its account, and with `moraine account end-sessions`. Nothing of them is stored.',
  positionals: [{ name: 'ACCESS-KEY', required: true, help: 'The access key id.' }],
  options: [
    { name: 'for', value: 'DURATION', help: 'How long they live (15m). Default: 1h, at most 12h.' },
    ...SCOPE_OPTIONS,
    { name: 'json', help: 'JSON instead of text.' },
  ],
  settings: [...STORE_SETTINGS, 'listen', 'host-names', 'endpoint', 'tls.certificate', 'tls.key'],
  run: (context, input) => {
    const scope = scopeOf(input);
    const life = input.options.get('for');
    const lifeMs = life === undefined ? undefined : durationOf('for', life);
    return withStore(context, input, async ({ admin, config }) => {
      const session = await admin.keySession(input.positionals[0] ?? '', { lifeMs, scope }, LOCAL);
      const place = { endpoint: endpointOf(config), hostNames: config.hostNames, region: config.region };
      print(context, input.options, sessionView(session), sessionText(session, place));
      return EXIT.ok;
    });
  },
};

function sessionView({ accessKeyId, secret, sessionToken, expiresAt }: SessionCredentials) {
  return { accessKeyId, secretKey: secret.reveal(), sessionToken, expiresAt: time(expiresAt) };
}

function sessionText(session: SessionCredentials, place: S3cmdTarget): string {
  const { endpoint, region } = place;
  const { accessKeyId, secretKey, sessionToken, expiresAt } = sessionView(session);
  return [
    `# Until ${expiresAt}. For a shell:`,
    `export AWS_ACCESS_KEY_ID=${accessKeyId}`,
    `export AWS_SECRET_ACCESS_KEY='${secretKey}'`,
    `export AWS_SESSION_TOKEN=${sessionToken}`,
    `export AWS_ENDPOINT_URL=${endpoint}`,
    `export AWS_DEFAULT_REGION=${region}`,
    '',
    '# For ~/.aws/credentials:',
    '[moraine]',
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${secretKey}`,
    `aws_session_token = ${sessionToken}`,
    '',
    '# For ~/.aws/config:',
    '[profile moraine]',
    `endpoint_url = ${endpoint}`,
    `region = ${region}`,
    '',
    '# For ~/.s3cfg:',
    `${s3cmdConfig(place, session, 'v4')}access_token = ${sessionToken}`,
    '',
  ].join('\n');
}
