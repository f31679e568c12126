/**
 * PublicAccessBlockConfiguration, both ways, and PolicyStatus. Sources: GetPublicAccessBlock, PutPublicAccessBlock and
 * GetBucketPolicyStatus in the S3 API reference, whose examples write booleans in capitals too.
 */

import type { PublicAccessBlock } from '../../model/entities.ts';
import { malformedXml, type XmlLimits } from '../xml.ts';
import { leaf, s3Document } from '../xml-write.ts';
import { Members, readRoot } from './members.ts';

const ROOT = 'PublicAccessBlockConfiguration';
const MEMBERS = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;

/** A switch that is not there is off. Throws `MalformedXML`. */
export function readPublicAccessBlock(bytes: Uint8Array, limits: XmlLimits): PublicAccessBlock {
  const members = new Members(readRoot(bytes, ROOT, limits), MEMBERS);
  return {
    blockPublicAcls: isOn(members, 'BlockPublicAcls'),
    ignorePublicAcls: isOn(members, 'IgnorePublicAcls'),
    blockPublicPolicy: isOn(members, 'BlockPublicPolicy'),
    restrictPublicBuckets: isOn(members, 'RestrictPublicBuckets'),
  };
}

function isOn(members: Members, name: (typeof MEMBERS)[number]): boolean {
  const text = members.text(name)?.toLowerCase() ?? 'false';
  if (text === 'true' || text === 'false') return text === 'true';
  throw malformedXml(`${name} must be true or false`);
}

export const writePublicAccessBlock = (block: PublicAccessBlock): string =>
  s3Document(
    ROOT,
    leaf('BlockPublicAcls', block.blockPublicAcls) +
      leaf('IgnorePublicAcls', block.ignorePublicAcls) +
      leaf('BlockPublicPolicy', block.blockPublicPolicy) +
      leaf('RestrictPublicBuckets', block.restrictPublicBuckets),
  );

export const writePolicyStatus = (isPublic: boolean): string => s3Document('PolicyStatus', leaf('IsPublic', isPublic));
