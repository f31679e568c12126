/**
 * The regions of a platform, as one front end sees them: its own, and others, whose buckets it serves as well or sends
 * clients away from.
 *
 * Source: "Making requests using the REST API: Request redirection" in the S3 user guide; error `PermanentRedirect`.
 */

import type { Bucket } from './entities.ts';
import { S3Error } from './errors.ts';

export interface Regions {
  /** Where buckets are made unless a client says otherwise, and what unconfigured clients sign with. */
  readonly home: string;
  readonly others: readonly OtherRegion[];
}

export interface OtherRegion {
  readonly name: string;
  /** `elsewhere`: its buckets are answered with a redirect. */
  readonly served: 'here' | 'elsewhere';
  /** Host (and port) that serves it, for the redirect; unknown: clients are told the region only. */
  readonly host?: string;
}

export const oneRegion = (home: string): Regions => Object.freeze({ home, others: Object.freeze([]) });

/** What clients may sign for here: every region that is served here. */
export function signedFor({ home, others }: Regions, region: string): boolean {
  return region === home || others.some(({ name, served }) => name === region && served === 'here');
}

/** The region of a new bucket. Throws `InvalidLocationConstraint` or `IllegalLocationConstraintException`. */
export function regionForNew({ home, others }: Regions, wanted: string | undefined): string {
  if (wanted === undefined || wanted === home) return home;
  const fields = { LocationConstraint: wanted };
  const other = others.find(({ name }) => name === wanted);
  if (other?.served === 'here') return wanted;
  if (other !== undefined) {
    const where = other.host === undefined ? '' : ` Send the request to ${other.host}.`;
    const text = `The ${wanted} location constraint is incompatible for the region specific endpoint this request was sent to.${where}`;
    throw new S3Error('IllegalLocationConstraintException', text, { fields });
  }
  const known = [home, ...others.map(({ name }) => name)];
  const have = known.length === 1 ? `the region ${home} only` : `the regions ${known.join(', ')}`;
  const text = `The specified location constraint is not valid: this server has ${have}.`;
  throw new S3Error('InvalidLocationConstraint', text, { fields });
}

/** Throws `PermanentRedirect` for a bucket that this front end leaves to others. */
export function requireServedHere({ others }: Regions, bucket: Pick<Bucket, 'name' | 'region'>): void {
  const other = others.find(({ name, served }) => name === bucket.region && served === 'elsewhere');
  if (other === undefined) return;
  const { host } = other;
  throw new S3Error('PermanentRedirect', undefined, {
    fields: { ...(host === undefined ? {} : { Endpoint: host }), Bucket: bucket.name },
    headers: { 'x-amz-bucket-region': bucket.region },
  });
}
