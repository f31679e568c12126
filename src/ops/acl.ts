/**
 * The ACL that a request asks for: by canned name, by `x-amz-grant-*` headers, or by document; never by two of them.
 *
 * Source: "PutBucketAcl", "PutObjectAcl", "CreateBucket" in the API reference. Grantees must exist when the grant is made:
 * an id or e-mail address that nobody has would give the object to whoever gets it later.
 */

import type { AclOwners } from '../model/acl.ts';
import { cannedAcl, checkAcl, GROUP_URIS, groupOf } from '../model/acl.ts';
import type { Acl, Grant, Grantee, Permission } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import type { Rows } from '../store/port.ts';
import type { Fields } from '../wire/request.ts';

const CANNED = 'x-amz-acl';
const GRANTS: readonly (readonly [header: string, permission: Permission])[] = [
  ['x-amz-grant-full-control', 'FULL_CONTROL'],
  ['x-amz-grant-read', 'READ'],
  ['x-amz-grant-write', 'WRITE'],
  ['x-amz-grant-read-acp', 'READ_ACP'],
  ['x-amz-grant-write-acp', 'WRITE_ACP'],
];

/** How a client names a grantee, in a header or in a document. */
export interface GranteeName {
  readonly by: 'id' | 'uri' | 'emailAddress';
  readonly value: string;
}

/** Whether the request's headers say anything about an ACL. */
export const hasAclHeaders = (headers: Fields): boolean =>
  headers.has(CANNED) || GRANTS.some(([name]) => headers.has(name));

/** The canned ACL that the headers name. */
export const cannedOf = (headers: Fields): string | undefined => headers.one(CANNED);

/** The one name that ownership controls make something else of. */
export const isBucketOwnerFullControl = (headers: Fields): boolean => cannedOf(headers) === 'bucket-owner-full-control';

/** Whether they ask for another ACL than the private one that there is without asking. */
export const asksForAcl = (headers: Fields): boolean => hasAclHeaders(headers) && headers.one(CANNED) !== 'private';

/**
 * The ACL that the headers ask for; private when they ask for none. Throws `InvalidRequest` when a canned ACL and grants
 * come together, `InvalidArgument` or `UnresolvableGrantByEmailAddress` for grantees that do not exist.
 */
export async function aclFromHeaders(headers: Fields, owners: AclOwners, rows: Pick<Rows, 'getAccount'>): Promise<Acl> {
  const given = GRANTS.filter(([name]) => headers.has(name));
  const canned = cannedOf(headers);
  if (given.length === 0) return cannedAcl(canned ?? 'private', owners);
  if (canned !== undefined) {
    throw new S3Error('InvalidRequest', 'Specifying both Canned ACLs and Header Grants is not allowed');
  }
  const wanted = given.flatMap(([header, permission]) =>
    parseGrantees(header, headers.one(header) ?? '').map((name) => ({ name, permission })),
  );
  return resolveAcl({ owner: owners.owner, grants: wanted }, owners.owner, rows);
}

/** An ACL as a client wrote it: grantees by name. */
export interface WantedAcl {
  readonly owner: string;
  readonly grants: readonly { readonly name: GranteeName; readonly permission: Permission }[];
}

/** Looks every grantee up, each once, and checks what S3 refuses to store. */
export async function resolveAcl(wanted: WantedAcl, owner: string, rows: Pick<Rows, 'getAccount'>): Promise<Acl> {
  // Before the look-ups, so that their number is bounded.
  checkAcl(wanted.owner, wanted.grants.length, owner);
  const known = new Map<string, Grantee>();
  const grants: Grant[] = [];
  for (const { name, permission } of wanted.grants) {
    const id = `${name.by} ${name.value}`;
    const grantee = known.get(id) ?? (await resolveGrantee(name, owner, rows));
    known.set(id, grantee);
    grants.push({ grantee, permission });
  }
  return { owner, grants };
}

async function resolveGrantee(name: GranteeName, owner: string, rows: Pick<Rows, 'getAccount'>): Promise<Grantee> {
  const { by, value } = name;
  switch (by) {
    case 'uri': {
      const group = groupOf(value);
      if (group !== undefined) return { type: 'group', group };
      throw invalid('Invalid group uri', value, `Known are ${Object.values(GROUP_URIS).join(', ')}.`);
    }
    case 'id': {
      const account = value === owner ? { canonicalId: owner } : await rows.getAccount({ canonicalId: value });
      if (account !== undefined) return { type: 'account', canonicalId: account.canonicalId };
      throw invalid('Invalid id', value, 'No account has this canonical id.');
    }
    case 'emailAddress': {
      const account = await rows.getAccount({ email: value });
      if (account !== undefined) return { type: 'account', canonicalId: account.canonicalId };
      throw new S3Error('UnresolvableGrantByEmailAddress', undefined, { fields: { EmailAddress: value } });
    }
  }
}

/** `id="…", uri="…", emailAddress="…"`, as the API reference writes it; the quotes may be missing. */
export function parseGrantees(header: string, text: string): readonly GranteeName[] {
  return text.split(',').map((piece) => {
    const at = piece.indexOf('=');
    const by = BY.get(piece.slice(0, Math.max(at, 0)).trim().toLowerCase());
    const quoted = piece.slice(at + 1).trim();
    const value = /^"[^"]*"$/.test(quoted) ? quoted.slice(1, -1) : quoted;
    if (by === undefined || value === '' || value.includes('"')) {
      throw invalid('Argument format not recognized', text, `${header} holds id="…", uri="…" or emailAddress="…".`);
    }
    return { by, value };
  });
}

const BY: ReadonlyMap<string, GranteeName['by']> = new Map([
  ['id', 'id'],
  ['uri', 'uri'],
  ['emailaddress', 'emailAddress'],
]);

const invalid = (what: string, value: string, remedy: string): S3Error =>
  new S3Error('InvalidArgument', `${what}. ${remedy}`, { fields: { ArgumentName: what, ArgumentValue: value } });
