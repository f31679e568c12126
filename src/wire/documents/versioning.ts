/**
 * VersioningConfiguration, both ways. Sources: GetBucketVersioning and PutBucketVersioning in the S3 API reference.
 * Left out: MFA delete. `Disabled` is what it always is; anything else is refused by name (`elements.ts`).
 */

import type { Versioning } from '../../model/entities.ts';
import { S3Error } from '../../model/errors.ts';
import { malformedXml, type XmlLimits } from '../xml.ts';
import { leaf, s3Document } from '../xml-write.ts';
import { Members, readRoot } from './members.ts';

const ROOT = 'VersioningConfiguration';
const STATUS = Object.freeze({ unversioned: undefined, enabled: 'Enabled', suspended: 'Suspended' });

/** A bucket that ever was versioned never becomes unversioned again. */
export type AskedVersioning = Exclude<Versioning, 'unversioned'>;

/** Throws `MalformedXML`, `IllegalVersioningConfigurationException` when it says no status, `NotImplemented`. */
export function readVersioning(bytes: Uint8Array, limits: XmlLimits): AskedVersioning {
  const members = new Members(readRoot(bytes, ROOT, limits), ['Status', 'MfaDelete']);
  const status = members.text('Status');
  if (status === 'Enabled') return 'enabled';
  if (status === 'Suspended') return 'suspended';
  if (status === undefined) {
    throw new S3Error(
      'IllegalVersioningConfigurationException',
      'The versioning configuration says no Status. Use Enabled or Suspended: versioning cannot be removed from a bucket.',
    );
  }
  throw malformedXml('Status must be Enabled or Suspended');
}

/** A bucket that never was versioned has an empty configuration. */
export const writeVersioning = (versioning: Versioning): string => s3Document(ROOT, leaf('Status', STATUS[versioning]));
