/**
 * Elements of the documents that clients send: which are honoured, which have nothing to act on, and which are refused.
 *
 * What `ops/refusals.ts` is for headers, this is for XML. `readRoot` refuses by this table before a reader sees the document:
 * `501 NotImplemented` with the element's name. What S3 does not define is `MalformedXML` (`members.ts`).
 * `test/exhaustive/members.test.ts` holds the table against AWS's service model, and sends every element.
 *
 * Building a feature removes its row here.
 */

import { S3Error } from '../../model/errors.ts';
import type { XmlElement } from '../xml.ts';

export interface ElementRule {
  /** From the root on. The rule is about the element and all that is in it. */
  readonly element: string;
  readonly verdict: 'honoured' | 'without effect' | 'refused';
  /** Texts that are what happens anyway, so that refusing them would only be unkind. */
  readonly except?: readonly string[];
  /** The operation itself refuses the entry that has it, and does the others. */
  readonly entryOnly?: true;
  /** What becomes of it, for the compatibility table. */
  readonly note: string;
}

const rule = (verdict: ElementRule['verdict'], element: string, note: string): ElementRule =>
  Object.freeze({ element, verdict, note });

/** Refused but for a text that is what happens anyway. */
const unless = (except: string, element: string, note: string): ElementRule =>
  Object.freeze({ ...rule('refused', element, note), except: [except] });

/** Of a list whose entries succeed and fail one by one. */
const ofEntry = (element: string, note: string): ElementRule =>
  Object.freeze({ ...rule('refused', element, note), entryOnly: true });

/** The first row that fits counts. */
export const ELEMENT_RULES: readonly ElementRule[] = Object.freeze([
  rule('refused', 'CreateBucketConfiguration/Location', 'directory buckets'),
  rule('refused', 'CreateBucketConfiguration/Bucket', 'directory buckets'),
  rule('refused', 'CreateBucketConfiguration/Tags', 'tags at creation'),
  rule('honoured', 'CreateBucketConfiguration', 'the region'),
  unless('Disabled', 'VersioningConfiguration/MfaDelete', 'nobody here has an authentication device'),
  rule('honoured', 'VersioningConfiguration', 'enabled or suspended'),
  rule('without effect', 'AccessControlPolicy/Owner/DisplayName', 'names are for people, ids decide'),
  rule(
    'without effect',
    'AccessControlPolicy/AccessControlList/Grant/Grantee/DisplayName',
    'names are for people, ids decide',
  ),
  rule('honoured', 'AccessControlPolicy', 'grantees by id, e-mail address and group'),
  rule('honoured', 'CORSConfiguration', 'all of it'),
  rule('honoured', 'OwnershipControls', 'all of it'),
  rule('honoured', 'PublicAccessBlockConfiguration', 'all of it'),
  rule('honoured', 'RequestPaymentConfiguration', 'all of it'),
  rule('honoured', 'Tagging', 'all of it'),
  rule('refused', 'ObjectLockConfiguration/Rule/DefaultRetention/DefaultEventHold', 'event holds'),
  rule('honoured', 'ObjectLockConfiguration', 'default retention'),
  rule('refused', 'Retention/EventHold', 'event holds'),
  rule('refused', 'Retention/EventHoldDuration', 'event holds'),
  rule('honoured', 'Retention', 'mode and time'),
  rule('honoured', 'LegalHold', 'ON and OFF'),
  rule('honoured', 'ServerSideEncryptionConfiguration', 'AES256, aws:kms, blocked customer keys'),
  rule('honoured', 'CompleteMultipartUpload', 'parts and their checksums'),
  ofEntry('Delete/Object/LastModifiedTime', 'conditions of directory buckets'),
  ofEntry('Delete/Object/Size', 'conditions of directory buckets'),
  rule('honoured', 'Delete', 'keys, versions, ETags and how much is answered'),
]);

/** The rule that decides about an element; undefined when none speaks of it. */
export const elementRuleFor = (path: string): ElementRule | undefined => firstOf(ELEMENT_RULES, path);

const firstOf = (rules: readonly ElementRule[], path: string): ElementRule | undefined =>
  rules.find(({ element }) => path === element || path.startsWith(`${element}/`));

/** The rules of documents in which something is refused, by the document's name. */
const OF_DOCUMENT: ReadonlyMap<string, readonly ElementRule[]> = new Map(
  ELEMENT_RULES.filter(({ verdict, entryOnly }) => verdict === 'refused' && entryOnly === undefined)
    .map(({ element }) => element.split('/')[0] ?? '')
    .map((root) => [root, ELEMENT_RULES.filter(({ element }) => element.split('/')[0] === root)]),
);

/** Throws `NotImplemented`, naming the element, if the document holds one that must not be ignored. */
export function checkElements(root: XmlElement): void {
  const rules = OF_DOCUMENT.get(root.name);
  if (rules !== undefined) checkWithin(root, root.name, rules);
}

function checkWithin(parent: XmlElement, path: string, rules: readonly ElementRule[]): void {
  for (const child of parent.children) {
    const inside = `${path}/${child.name}`;
    const { verdict, except = [], note } = firstOf(rules, inside) ?? {};
    if (verdict !== 'refused') checkWithin(child, inside, rules);
    else if (!except.includes(child.text.trim())) throw refused(child.name, parent.name, note ?? '');
  }
}

const refused = (element: string, parent: string, note: string): S3Error =>
  new S3Error('NotImplemented', `The element "${element}" of ${parent} is not implemented: ${note}.`, {
    fields: { Element: element },
  });
