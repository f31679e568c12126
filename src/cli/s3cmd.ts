/**
 * Configuration of s3cmd for this server, ready to paste.
 *
 * Buckets become host names (`%(bucket)s.NAME`) where the endpoint's name is one that clients can resolve below;
 * on localhost and bare addresses they stay in the path, because `bucket.localhost` resolves on few machines.
 */

import { isIP } from 'node:net';
import type { Secret } from '../base/secret.ts';

export interface S3cmdTarget {
  /** Origin: scheme, host and perhaps port. */
  readonly endpoint: string;
  readonly hostNames: readonly string[];
  readonly region: string;
}

/** The lines of a `.s3cfg`. Not indented: s3cmd would read an indented line as part of the one before. */
export function s3cmdConfig(
  target: S3cmdTarget,
  credentials: { readonly accessKeyId: string; readonly secret: Secret },
  signature: 'v2' | 'v4',
): string {
  const [scheme, host = ''] = target.endpoint.split('://');
  const lines = [
    '[default]',
    `host_base = ${host}`,
    `host_bucket = ${hasBucketNames(host, target.hostNames) ? '%(bucket)s.' : ''}${host}`,
    `access_key = ${credentials.accessKeyId}`,
    `secret_key = ${credentials.secret.reveal()}`,
    `use_https = ${scheme === 'https' ? 'True' : 'False'}`,
    `signature_v2 = ${signature === 'v2' ? 'True' : 'False'}`,
  ];
  if (target.region !== 'us-east-1') lines.push(`bucket_location = ${target.region}`);
  return `${lines.join('\n')}\n`;
}

function hasBucketNames(host: string, hostNames: readonly string[]): boolean {
  const name = host.replace(/:[0-9]+$/, '').replace(/^\[|\]$/g, '');
  return hostNames.includes(name) && isIP(name) === 0 && name !== 'localhost' && !name.endsWith('.localhost');
}
