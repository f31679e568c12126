/**
 * AccessControlPolicy, both ways. Sources: "PutObjectAcl", "GetObjectAcl" and "Access control list overview: who is a
 * grantee" in the S3 documentation. Whether accounts and groups exist is not judged here.
 */

import type { Permission } from '../../model/entities.ts';
import { S3Error } from '../../model/errors.ts';
import { malformedXml, type XmlElement, type XmlLimits } from '../xml.ts';
import { branch, leaf, s3Document } from '../xml-write.ts';
import { type Owner, writeOwner } from './common.ts';
import { Members, readRoot } from './members.ts';

/** A grantee as clients may name it. */
export type NamedGrantee =
  | { readonly type: 'id'; readonly id: string }
  | { readonly type: 'email'; readonly email: string }
  | { readonly type: 'group'; readonly uri: string };

export interface AclDocument {
  readonly ownerId: string;
  readonly grants: readonly { readonly grantee: NamedGrantee; readonly permission: Permission }[];
}

/** Throws `MalformedACLError` for whatever is wrong with the document, as S3 does. */
export function readAcl(bytes: Uint8Array, limits: XmlLimits): AclDocument {
  try {
    const root = new Members(readRoot(bytes, 'AccessControlPolicy', limits), ['Owner', 'AccessControlList']);
    const owner = new Members(root.required('Owner'), ['ID', 'DisplayName']);
    const list = new Members(root.required('AccessControlList'), ['Grant']);
    return { ownerId: owner.requiredText('ID'), grants: list.all('Grant').map(readGrant) };
  } catch (error) {
    if (!(error instanceof S3Error) || error.code !== 'MalformedXML') throw error;
    throw new S3Error('MalformedACLError', error.message, { cause: error });
  }
}

function readGrant(element: XmlElement): AclDocument['grants'][number] {
  const members = new Members(element, ['Grantee', 'Permission']);
  const permission = PERMISSIONS.get(members.requiredText('Permission'));
  if (permission === undefined) throw malformedXml('Permission is not one of S3’s');
  return { grantee: readGrantee(members.required('Grantee')), permission };
}

const PERMISSIONS: ReadonlyMap<string, Permission> = new Map(
  (['READ', 'WRITE', 'READ_ACP', 'WRITE_ACP', 'FULL_CONTROL'] as const).map((name) => [name, name]),
);

function readGrantee(element: XmlElement): NamedGrantee {
  switch (typeOf(element)) {
    case 'CanonicalUser':
      return { type: 'id', id: filled(element, 'ID') };
    case 'AmazonCustomerByEmail':
      return { type: 'email', email: filled(element, 'EmailAddress') };
    case 'Group':
      return { type: 'group', uri: filled(element, 'URI') };
    default:
      throw malformedXml('xsi:type of Grantee must be CanonicalUser, AmazonCustomerByEmail or Group');
  }
}

/** `xsi:type`, whatever the prefix is called. */
function typeOf(element: XmlElement): string | undefined {
  const [type, second] = [...element.attributes].filter(([name]) => /^[^:]+:type$/.test(name));
  return second === undefined ? type?.[1] : undefined;
}

function filled(element: XmlElement, name: string): string {
  const text = new Members(element, [name, 'DisplayName']).requiredText(name);
  if (text === '') throw malformedXml(`${name} must not be empty`);
  return text;
}

export interface AclToWrite {
  readonly owner: Owner;
  readonly grants: readonly { readonly grantee: WrittenGrantee; readonly permission: Permission }[];
}

export type WrittenGrantee =
  | { readonly type: 'account'; readonly id: string; readonly displayName?: string | undefined }
  | { readonly type: 'group'; readonly uri: string };

export function writeAcl(acl: AclToWrite): string {
  let grants = '';
  for (const { grantee, permission } of acl.grants) {
    grants += branch('Grant', writeGrantee(grantee) + leaf('Permission', permission));
  }
  return s3Document('AccessControlPolicy', writeOwner('Owner', acl.owner) + branch('AccessControlList', grants));
}

function writeGrantee(grantee: WrittenGrantee): string {
  const [type, content] =
    grantee.type === 'group'
      ? ['Group', leaf('URI', grantee.uri)]
      : ['CanonicalUser', leaf('ID', grantee.id) + leaf('DisplayName', grantee.displayName)];
  return `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}">${content}</Grantee>`;
}
