/**
 * Who can see a bucket or an object, in one word and with the reasons: what the rules say to nobody in particular, to any account,
 * and to the accounts that its ACLs and its policy name. Asked of the same function as requests are (`authorise.ts`).
 *
 * Of a bucket it says what holds for all of its keys. Single objects may be more open by an ACL of their own, and parts of a
 * bucket by its policy: that is told as `objectAcls` and `partly`, because finding out would mean looking at every object.
 */

import type { Account, Acl } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { ownershipOf } from '../model/ownership.ts';
import { parsePolicy, principalsOf } from '../model/policy/parse.ts';
import { publicAccessBlockOf } from '../model/public-access.ts';
import type { Target } from '../store/port.ts';
import type { AccessServices } from './asked.ts';
import { judge } from './authorise.ts';
import { requestOf } from './explain.ts';
import type { OperationName } from './table.ts';
import type { Caller, Services } from './types.ts';

export interface Visibility {
  /** What everybody may, with an account or without. */
  readonly read: boolean;
  readonly write: boolean;
  readonly list: boolean;
  /** Of that, what only those may who have some account. */
  readonly accountsOnly: boolean;
  /** The policy is public, and yet not for all keys or under all conditions. */
  readonly partly: boolean;
  /** Objects may have ACLs that say more. */
  readonly objectAcls: boolean;
  /** Accounts that may something, beside the owner. */
  readonly others: readonly Account[];
  readonly why: readonly string[];
}

export interface Looked {
  readonly bucket: string;
  /** Undefined: the bucket. */
  readonly key: string | undefined;
  readonly versionId: string | undefined;
  /** Fetched by these names; its bucket is there. */
  readonly target: Target;
}

type VisibilityServices = AccessServices & { readonly rows: Pick<Services['rows'], 'getAccount'> };

/** Accounts that are looked up and asked about, at most. */
const ACCOUNTS = 100;

/** A key that stands for any: nobody has a reason to name it in a policy. */
const ANY_KEY = 'moraine/any-key-of-this-bucket';

/** From nowhere in particular (RFC 5737). */
const SOMEWHERE = '192.0.2.1';

const NOBODY: Account = Object.freeze({
  ...{ id: 'nobody', name: 'nobody', canonicalId: '0'.repeat(64) },
  ...{ role: 'tenant' as const, state: 'active' as const, createdAt: 0 },
});

export async function visibilityOf(looked: Looked, services: VisibilityServices): Promise<Visibility> {
  const { target, key } = looked;
  const { bucket } = target;
  if (bucket === undefined) throw new Error('a bucket that is not there has no visibility');
  const ask = (caller: Caller) => probe(looked, caller, services);
  const [anonymous, anyone] = [ask({ kind: 'anonymous' }), ask(callerOf(NOBODY, services))];
  const found = { ...anyone, ...pickAllowed(anonymous) };
  const { restrictPublicBuckets, ignorePublicAcls } = publicAccessBlockOf(bucket, services.access);
  const policyIsOpen = services.policies.of(bucket)?.isPublic === true && !restrictPublicBuckets;
  const isOpen = Object.values(found).some(({ allowed }) => allowed);
  const partly = key === undefined && policyIsOpen && !found.read.allowed && !found.list.allowed;
  const acls = ownershipOf(bucket, services.access) !== 'BucketOwnerEnforced';
  const others: Account[] = [];
  for (const account of await namedAccounts(looked, services)) {
    if (Object.values(ask(callerOf(account, services))).some(({ allowed }) => allowed)) others.push(account);
  }
  const why = Object.values(found).flatMap(({ allowed, text }) => (allowed ? [text] : []));
  return {
    ...{ read: found.read.allowed, write: found.write.allowed, list: found.list.allowed, partly },
    accountsOnly: isOpen && !Object.values(anonymous).some(({ allowed }) => allowed),
    objectAcls: key === undefined && acls && !ignorePublicAcls,
    others,
    why: [...new Set([...why, ...(partly ? [PARTLY] : [])])],
  };
}

const PARTLY = 'The policy admits everybody to a part of the bucket, or under conditions.';

interface Found {
  readonly allowed: boolean;
  readonly text: string;
}
type Asked = 'read' | 'write' | 'list';
type Findings = Readonly<Record<Asked, Found>>;

const pickAllowed = (findings: Findings): Partial<Findings> =>
  Object.fromEntries(Object.entries(findings).filter(([, { allowed }]) => allowed));

function probe(looked: Looked, caller: Caller, services: AccessServices): Findings {
  const { bucket, key, versionId, target } = looked;
  const may = (operation: OperationName, of: string | undefined): Found => {
    const version = operation === 'GetObject' ? versionId : undefined;
    const inquiry = { operation, bucket, key: of, versionId: version, uploadId: undefined, prefix: undefined };
    const request = requestOf({ ...inquiry, headers: [], remoteAddress: SOMEWHERE, secure: true });
    const touched = { bucket, key: of, versionId: version, target };
    const { allowed, decisive } = judge({ operation, request, caller, says: {} }, services, touched);
    return { allowed, text: decisive?.text ?? '' };
  };
  const object = key ?? ANY_KEY;
  const nothing = { allowed: false, text: '' };
  return {
    read: may('GetObject', object),
    write: may('PutObject', object),
    list: key === undefined ? may('ListObjectsV2', undefined) : nothing,
  };
}

function callerOf(account: Account, { clock }: Pick<Services, 'clock'>): Caller {
  const createdAt = clock.now();
  const key = { accessKeyId: '', accountId: account.id, sealedSecret: '', createdAt, allowV2: true } as const;
  return {
    ...{ kind: 'account', account, key: { ...key, state: 'active' }, scopes: [] },
    ...{ signature: 'v4', place: 'header', signedAt: createdAt },
  };
}

/** Each that an ACL or the policy names, but for owners. */
async function namedAccounts({ target }: Looked, { rows }: VisibilityServices): Promise<readonly Account[]> {
  const { bucket, version } = target;
  if (bucket === undefined) return [];
  const acls = [bucket.acl, version?.acl].filter((acl) => acl !== undefined);
  const wanted = new Map<string, Promise<Account | undefined>>();
  for (const { by, value } of [...acls.flatMap(granteesOf), ...policyNames(bucket)]) {
    if (wanted.size < ACCOUNTS)
      wanted.set(value, rows.getAccount(by === 'id' ? { id: value } : { canonicalId: value }));
  }
  const found = (await Promise.all(wanted.values())).filter((account) => account !== undefined);
  const owners = [bucket.owner, version?.owner];
  const others = found.filter(({ id }) => !owners.includes(id));
  return [...new Map(others.map((account) => [account.id, account])).values()];
}

const granteesOf = ({ grants }: Acl) =>
  grants.flatMap(({ grantee }) =>
    grantee.type === 'account' ? [{ by: 'canonicalId' as const, value: grantee.canonicalId }] : [],
  );

function policyNames({ name, configuration }: NonNullable<Target['bucket']>): ReturnType<typeof principalsOf> {
  if (configuration.policy === undefined) return [];
  try {
    return principalsOf(parsePolicy(configuration.policy, name));
  } catch (error) {
    // One that nobody wrote denies everything (`policy/cache.ts`).
    if (error instanceof S3Error) return [];
    throw error;
  }
}
