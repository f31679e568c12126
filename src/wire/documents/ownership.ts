/** OwnershipControls, both ways. Sources: GetBucketOwnershipControls and PutBucketOwnershipControls in the S3 API reference. */

import type { ObjectOwnership } from '../../model/entities.ts';
import { parseOwnership } from '../../model/ownership.ts';
import { malformedXml, type XmlLimits } from '../xml.ts';
import { branch, leaf, s3Document } from '../xml-write.ts';
import { Members, readRoot } from './members.ts';

const ROOT = 'OwnershipControls';

/** Throws `MalformedXML`. S3 takes exactly one rule. */
export function readOwnershipControls(bytes: Uint8Array, limits: XmlLimits): ObjectOwnership {
  const rule = new Members(readRoot(bytes, ROOT, limits), ['Rule']).required('Rule');
  const ownership = parseOwnership(new Members(rule, ['ObjectOwnership']).requiredText('ObjectOwnership'));
  if (ownership !== undefined) return ownership;
  throw malformedXml('ObjectOwnership must be BucketOwnerPreferred, ObjectWriter or BucketOwnerEnforced');
}

export const writeOwnershipControls = (ownership: ObjectOwnership): string =>
  s3Document(ROOT, branch('Rule', leaf('ObjectOwnership', ownership)));
