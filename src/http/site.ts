/**
 * Where a browser that came to the Console by some name reaches S3: what the setting `endpoint` says, else the name that
 * `host-names` has, else the name that the browser came by, with the S3 port.
 *
 * What clients are given to keep (`moraine s3cfg`, a shared link) is `endpointOf` in `config.ts`; here is in addition what works
 * for this visitor, where nothing was configured: the first run is opened as `localhost`, by an address or by a machine's name.
 */

import { isIP } from 'node:net';
import { type Address, formatAddress } from '../base/address.ts';
import type { Regions } from '../model/regions.ts';

export interface Site {
  /** The setting, without a slash at its end. */
  readonly endpoint: string | undefined;
  /** S3 speaks TLS. */
  readonly tls: boolean;
  readonly hostNames: readonly string[];
  /** Where S3 listens, asked when it is needed: the port may be known only then. */
  readonly listen: () => Address;
  readonly regions: Regions;
}

/** Origin of S3 for who came to the Console as `host` (a Host header that was checked: `api/place.ts`). */
export function endpointFor({ endpoint, tls, hostNames, listen }: Site, host: string): string {
  if (endpoint !== undefined) return endpoint;
  const { host: listening, port } = listen();
  const name = nameFor(hostOnly(host), { listening, hostNames });
  const usual = port === (tls ? 443 : 80);
  const whole = formatAddress({ host: name, port });
  return `${tls ? 'https' : 'http'}://${usual ? whole.slice(0, whole.lastIndexOf(':')) : whole}`;
}

/** All origins of S3 that such a visitor's pages may talk to: a bucket of another region may be asked for. */
export function originsFor(site: Site, host: string): readonly string[] {
  const origin = endpointFor(site, host);
  const scheme = origin.slice(0, origin.indexOf('://'));
  return [origin, ...site.regions.others.flatMap(({ host: at }) => (at === undefined ? [] : [`${scheme}://${at}`]))];
}

/** `s3.example.org:9000` where buckets can be reached as names below it; undefined: by path only. */
export function bucketDomainOf({ hostNames }: Pick<Site, 'hostNames'>, endpoint: string): string | undefined {
  const host = endpoint.slice(endpoint.indexOf('://') + 3);
  const name = hostOnly(host);
  const isName = hostNames.includes(name) && isIP(name) === 0 && name !== 'localhost' && !name.endsWith('.localhost');
  return isName ? host : undefined;
}

function nameFor(
  came: string,
  { listening, hostNames }: Pick<Site, 'hostNames'> & { readonly listening: string | undefined },
): string {
  const [configured = LOCALHOST] = hostNames;
  const isEverywhere = listening === undefined || listening === '0.0.0.0' || listening === '::';
  // Both ports are at an address alike, and S3 admits pages of the Console by the name that it is asked by itself.
  const isAddress = isEverywhere && (isIP(came) !== 0 || came === LOCALHOST);
  if (configured !== LOCALHOST) return hostNames.includes(came) || isAddress ? came : configured;
  return isEverywhere || listening === came ? came : listening;
}

const LOCALHOST = 'localhost';

/** Without the port, and without the brackets of an IPv6 address. */
export function hostOnly(host: string): string {
  if (host.startsWith('[')) return host.slice(1, host.indexOf(']'));
  const colon = host.indexOf(':');
  return colon < 0 ? host : host.slice(0, colon);
}
