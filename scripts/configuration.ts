/** `npm run configuration`: writes docs/configuration.md from the table of settings. */

import { writeFileSync } from 'node:fs';
import { flagOf, SETTING_KEYS, settingOf, variableOf } from '../src/config.ts';
import type { SettingKey } from '../src/settings.ts';

const INTRODUCTION = `# Configuration

Moraine needs none. What you want to change can be given in one TOML file, in the environment or as flags; flags win over the
environment, the environment over the file, the file over the defaults. The file is the one that \`--config FILE\` or
\`MORAINE_CONFIG\` names; no other is read.

Names that Moraine does not know are refused with the nearest one that it does, and values it cannot use with what it
expects. \`moraine config --check\` says whether all is well, certificate and key included; \`moraine config --print\` shows each
setting and where it came from, without secrets.

\`\`\`toml
# moraine.toml
data = "/var/lib/moraine"
master-key = "/etc/moraine/master.key"
host-names = ["s3.example.org"]
endpoint = "https://s3.example.org"
listen = ":443"

[tls]
certificate = "/etc/moraine/tls/fullchain.pem"
key = "/etc/moraine/tls/privkey.pem"

[limits]
stop = "2m"
\`\`\`

A dot in a key is a table of the file: \`tls.key\` is \`key\` under \`[tls]\`. Lists are TOML lists in the file, and
separated by commas elsewhere. Sizes and durations have their unit: \`64KiB\`, \`30s\`. Relative paths start at the folder of
the file, or at the current directory when given as flag or variable.
`;

export function renderConfiguration(): string {
  const general = SETTING_KEYS.filter((key) => !key.startsWith('limits.'));
  const limits = SETTING_KEYS.filter((key) => key.startsWith('limits.'));
  return [
    INTRODUCTION,
    '## Settings\n',
    table(general),
    '## Limits\n',
    'What protects the process and can be changed. Limits that are part of S3 are not settings; all of them, with their',
    'units, are in `src/base/limits.ts`.\n',
    table(limits),
  ].join('\n');
}

function table(keys: readonly SettingKey[]): string {
  const rows = keys.map((key) => {
    const { value, default: fallback, help, only } = settingOf(key);
    const file = only === 'environment' ? '' : `\`${key}\``;
    const variable = only === 'file' ? '' : `\`${variableOf(key)}\``;
    const flag = only === undefined ? `\`--${flagOf(key)}\`` : '';
    const names = [file, variable, flag].filter((name) => name !== '').join('<br>');
    const given = fallback === undefined ? '' : `\`${fallback}\``;
    return `| ${names} | ${value} | ${given} | ${help} |`;
  });
  return ['| setting | value | default | |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}

if (import.meta.main) writeFileSync(new URL('../docs/configuration.md', import.meta.url), renderConfiguration());
