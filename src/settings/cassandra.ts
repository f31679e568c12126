/** Settings of the Cassandra engine. `cassandra.contact-points` is what chooses it; the others say how. */

import { isIP } from 'node:net';
import { z } from 'zod';
import { Secret } from '../base/secret.ts';
import { formatDuration, parseDuration } from '../base/units.ts';
import { at, hostName, list, measured, oneOf, region, setting, text } from './kinds.ts';

const SECOND = 1000;
const CQL_PORT = 9042;
const NAME_MAX = 48;

const contactPoint = text(
  `a host name or address of a node, perhaps with its port, for example 10.0.0.11 or cassandra-1.lan:${CQL_PORT}`,
  (value) => {
    const [, bracketed, plain, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+))(?::([0-9]{1,5}))?$/.exec(value) ?? [];
    const host = bracketed ?? plain?.toLowerCase();
    const isName = plain !== undefined && (isIP(plain) === 4 || hostName.safeParse(plain).success);
    if (host === undefined || !(isName || isIP(bracketed ?? '') === 6)) return undefined;
    const number = port === undefined ? CQL_PORT : Number(port);
    if (number < 1 || number > 65_535) return undefined;
    return bracketed === undefined ? `${host}:${number}` : `[${host}]:${number}`;
  },
);
const DATA_CENTRE = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;
const dataCentre = text('the name of a data centre, as `nodetool status` shows it', (value) =>
  DATA_CENTRE.test(value) ? value : undefined,
);
const prefix = text(`1 to 30 characters of a-z, 0-9 and "_", beginning with a letter`, (value) =>
  /^[a-z][a-z0-9_]{0,29}$/.test(value) ? value : undefined,
);
function tableError(example: string) {
  return ({ code }: { readonly code?: string }) =>
    code === 'invalid_key'
      ? 'is no name of a region: 1 to 63 characters of a-z, 0-9 and "-"'
      : `must be a table, for example ${example}`;
}
const regions = z
  .record(
    region,
    z
      .array(dataCentre, { error: 'must be a list of data centres, for example ["dc1"]' })
      .min(1, 'must name a data centre'),
    { error: tableError('us-east-1 = ["dc1"] under [cassandra.regions]') },
  )
  .refine((value) => Object.keys(value).length > 0, { error: 'must name a region' });
const host = text('a host name, perhaps with a port, for example s3.ch-geneva.example.org', (value) => {
  const [, name = '', port] = /^([^:]+)(:[0-9]{1,5})?$/.exec(value) ?? [];
  const known = hostName.safeParse(name);
  return known.success ? `${known.data}${port ?? ''}` : undefined;
});
const endpoints = z.record(region, host, {
  error: tableError('ch-geneva = "s3.ch-geneva.example.org" under [cassandra.endpoints]'),
});
const duration = measured(['duration', '5s'], [SECOND, 300 * SECOND], { parse: parseDuration, format: formatDuration });

/** The longest region name that goes with a prefix: keyspaces are `PREFIX_r_REGION`, at most 48 characters. */
export const regionRoom = (prefixText: string): number => NAME_MAX - prefixText.length - '_r_'.length;

/** What must be written to accept that data may be lost. */
const ACCEPT = 'i-accept-data-loss';

export const CASSANDRA_SETTINGS = Object.freeze({
  'cassandra.contact-points': setting(
    'HOST[:PORT],…',
    list(contactPoint),
    undefined,
    'Instead of `data`: the store is in an Apache Cassandra cluster (see docs/cluster.md), which is asked at these nodes first. Some nodes of the data centre beside this front end. All nodes have the first one’s port.',
  ),
  'cassandra.data-centre': setting(
    'NAME',
    dataCentre,
    undefined,
    'The data centre beside this front end, as `nodetool status` shows it. Default: the first one of its region.',
  ),
  'cassandra.regions': {
    ...setting(
      '[cassandra.regions]',
      regions,
      undefined,
      'A table: each region with its data centres, `us-east-1 = ["dc1"]`. Rows and bytes of its buckets are kept there and nowhere else; it is used through the first. The same on every front end. Default: the one `region`, in `cassandra.data-centre`.',
    ),
    only: 'file' as const,
    table: true as const,
  },
  'cassandra.other-regions': setting(
    'here|elsewhere',
    oneOf(['here', 'elsewhere'] as const),
    'here',
    'With several regions: whether this front end serves buckets of the others too, or answers with a redirect to `[cassandra.endpoints]`.',
  ),
  'cassandra.endpoints': {
    ...setting(
      '[cassandra.endpoints]',
      endpoints,
      undefined,
      'A table: the host name, perhaps with a port, that serves each other region, `ch-geneva = "s3.ch-geneva.example.org"`.',
    ),
    only: 'file' as const,
    table: true as const,
  },
  'cassandra.keyspace-prefix': setting(
    'NAME',
    prefix,
    'moraine',
    'Names the store within the cluster: its keyspaces are `NAME_global` and `NAME_r_REGION`.',
  ),
  'cassandra.user': setting(
    'NAME',
    text('1 to 100 printable characters', (value) => (/^\P{C}{1,100}$/u.test(value) ? value : undefined)),
    undefined,
    'The role to log in with. It needs all permissions on the keyspaces, and CREATE on all keyspaces for `moraine cassandra init`.',
  ),
  'cassandra.password': {
    ...setting(
      'SECRET',
      text('1 to 1000 characters', (value) => (value.length <= 1000 ? new Secret(value) : undefined)),
      undefined,
      'Its password. Or name a file that holds it.',
    ),
    only: 'environment' as const,
    secret: true as const,
  },
  'cassandra.password-file': at(
    'FILE',
    undefined,
    'File with the password of `cassandra.user` on its first line, for its owner alone (mode 0600).',
  ),
  'cassandra.tls': setting(
    'on|off',
    oneOf(['on', 'off'] as const),
    'off',
    'Whether nodes are spoken with over TLS. Their certificates must be valid for the addresses that they tell others.',
  ),
  'cassandra.tls-ca': at(
    'FILE',
    undefined,
    'PEM file: the authority that signed the nodes’ certificates. Default: those that Node.js trusts.',
  ),
  'cassandra.tls-certificate': at(
    'FILE',
    undefined,
    'PEM file: a certificate for this front end, where nodes want one.',
  ),
  'cassandra.tls-key': at('FILE', undefined, 'PEM file: private key of that certificate.'),
  'cassandra.request-timeout': setting(
    'DURATION',
    duration,
    '6s',
    'How long a node may take for one request about rows. More than the nodes’ own time-outs, so that they say what became of a write.',
  ),
  'cassandra.bulk-timeout': setting('DURATION', duration, '12s', 'The same for bytes of objects.'),
  'cassandra.fewer-copies': setting(
    ACCEPT,
    text(`${ACCEPT}: fewer than three copies on three racks lose what was acknowledged when disks fail`, (value) =>
      value === ACCEPT ? true : undefined,
    ),
    undefined,
    'For trials: starts over fewer than three copies on three racks in a data centre, which is refused otherwise.',
  ),
});
