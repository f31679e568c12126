/**
 * Every permission × bucket or object × bucket owner, object writer, grantee, other account and nobody × every operation that is
 * built: over HTTP, beside what AWS documents (`access-oracle.ts`).
 *
 * One bucket per set of grants. Alice owns the bucket, Bob the object in it and an upload. What is granted is granted to
 * Carol, to everybody with an account, or to everybody; Dave is another account.
 */

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { HANDLERS } from '../../src/ops/handlers.ts';
import { OPERATIONS, type OperationName, type OperationRow } from '../../src/ops/table.ts';
import { type Answer, Client, element, elements, md5Base64, overEngines, type World } from '../support/s3-world.ts';
import { ABSENT, FURTHER, ORACLE, type Right, type Row } from './access-oracle.ts';

const PERMISSIONS = ['READ', 'WRITE', 'READ_ACP', 'WRITE_ACP', 'FULL_CONTROL'] as const;
type Permission = (typeof PERMISSIONS)[number];
const GRANTEES = ['carol', 'AuthenticatedUsers', 'AllUsers'] as const;
const RESOURCES = ['bucket', 'object', 'both'] as const;
const WHO = ['alice', 'bob', 'carol', 'dave', 'nobody'] as const;
type Who = (typeof WHO)[number];
type People = Readonly<Record<Who, Client>>;

interface GrantSet {
  readonly name: string;
  readonly on: (typeof RESOURCES)[number];
  readonly permission?: Permission;
  readonly grantee?: (typeof GRANTEES)[number];
}

const SETS: readonly GrantSet[] = [
  { name: 'none', on: 'both' },
  ...RESOURCES.flatMap((on) =>
    PERMISSIONS.flatMap((permission) =>
      GRANTEES.map((grantee) => ({ name: `${permission} on ${on} to ${grantee}`, on, permission, grantee })),
    ),
  ),
];

/** What is asked of everybody in a bucket with these grants: where both are granted, what needs both. */
function rowsFor({ on, permission }: GrantSet): readonly (readonly [string, Row])[] {
  const built = Object.entries(ORACLE).filter(([name]) => HANDLERS[name as OperationName] !== undefined);
  const rows = [...Object.entries(FURTHER), ...built];
  if (on !== 'both' || permission === undefined) return rows;
  return rows.filter(([, { rights }]) => {
    const on = (resource: string): boolean => rights.some((right) => right.startsWith(resource));
    return on('bucket ') && on('object ');
  });
}

/** The documents' rules about grants, in their words: what is granted, to whom it reaches, and what owners keep. */
function has(who: Who, right: Right, { on, permission, grantee }: GrantSet): boolean {
  if (right === 'account') return who !== 'nobody';
  if (right === 'bucket-owner') return who === 'alice';
  if (right === 'uploader') return who === 'alice' || who === 'bob';
  const [resource, wanted] = right.split(' ');
  // FULL_CONTROL for its owner is in every ACL here.
  if (who === (resource === 'bucket' ? 'alice' : 'bob')) return true;
  if (on !== resource && on !== 'both') return false;
  if (permission !== wanted && permission !== 'FULL_CONTROL') return false;
  return grantee === 'AllUsers' || (grantee === 'AuthenticatedUsers' ? who !== 'nobody' : who === grantee);
}

const GROUPS = 'http://acs.amazonaws.com/groups/global';

function granting({ on, permission, grantee }: GrantSet, resource: 'bucket' | 'object', people: People): string {
  const owner = people[resource === 'bucket' ? 'alice' : 'bob'].account.canonicalId;
  const grant = (who: string, what: string): string => `<Grant>${who}<Permission>${what}</Permission></Grant>`;
  const byId = (id: string): string => `<Grantee ${TYPE}="CanonicalUser"><ID>${id}</ID></Grantee>`;
  const granted = on === resource || on === 'both' ? permission : undefined;
  const to =
    grantee === 'carol'
      ? byId(people.carol.account.canonicalId)
      : `<Grantee ${TYPE}="Group"><URI>${GROUPS}/${grantee}</URI></Grantee>`;
  const grants = [grant(byId(owner), 'FULL_CONTROL'), ...(granted === undefined ? [] : [grant(to, granted)])];
  return `<AccessControlPolicy><Owner><ID>${owner}</ID></Owner><AccessControlList>${grants.join('')}</AccessControlList></AccessControlPolicy>`;
}

const TYPE = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type';

/** A bucket with a key and an upload for each of those who ask, and then the grants. */
async function prepare(world: World, people: People, set: GrantSet) {
  const { alice, bob } = people;
  const bucket = await world.bucket({ 'x-amz-grant-write': `id="${bob.account.canonicalId}"` });
  assert.equal((await bob.put(bucket, 'key', 'the object')).status, 200);
  const uploads = new Map<Who, string>();
  for (const who of WHO) {
    const begun = await bob.send('POST', { bucket, key: 'upload', query: { uploads: '' } });
    uploads.set(who, element(begun.text, 'UploadId') ?? '');
  }
  const query = { acl: '' };
  const onObject = await bob.send('PUT', { bucket, key: 'key', query, body: granting(set, 'object', people) });
  assert.equal(onObject.status, 200, onObject.text);
  const onBucket = await alice.send('PUT', { bucket, query, body: granting(set, 'bucket', people) });
  assert.equal(onBucket.status, 200, onBucket.text);
  return { bucket, uploads };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

function ask({ bucket, uploads }: Prepared, who: Who, client: Client, row: Row): Promise<Answer> {
  const { method, key, query = {}, headers = {}, body } = row;
  const named = 'uploadId' in query ? { ...query, uploadId: uploads.get(who) ?? '' } : query;
  const proved = 'delete' in query && body !== undefined ? { 'content-md5': md5Base64(body) } : {};
  const copied = 'x-amz-copy-source' in headers ? { 'x-amz-copy-source': `/${bucket}/key` } : {};
  return client.send(method, {
    ...(row !== ORACLE.ListBuckets && { bucket }),
    ...(key !== undefined && { key }),
    query: named,
    headers: { ...headers, ...proved, ...copied },
    ...(body !== undefined && { body }),
  });
}

const isDenied = (answer: Answer): boolean =>
  answer.status === 403 || elements(answer.text, 'Code').includes('AccessDenied');

test('every operation that is built is in the oracle, and the oracle knows no others', () => {
  const rows: Readonly<Record<string, OperationRow>> = OPERATIONS;
  const built = Object.keys(HANDLERS).filter((name) => HANDLERS[name as OperationName] !== undefined);
  // Preflights carry no credentials: what they are told is the CORS configuration's affair.
  const judged = built.filter((name) => rows[name]?.action !== 'cors');
  for (const name of judged) assert.ok(ORACLE[name] !== undefined, `${name} needs its row in access-oracle.ts`);
  for (const name of Object.keys(ORACLE)) assert.ok(rows[name] !== undefined, name);
});

overEngines((world) => {
  let people: People;
  const agent = new http.Agent({ keepAlive: true });

  before(async () => {
    const { server, alice, bob, nobody } = world();
    const other = async (name: string): Promise<Client> => new Client([server], await server.addAccount(name), agent);
    people = { alice, bob, nobody, carol: await other('carol'), dave: await other('dave') };
  });
  after(() => agent.destroy());

  /** One after the other for each who asks: some operations end what others ask for. */
  async function holds(set: GrantSet): Promise<void> {
    const prepared = await prepare(world(), people, set);
    const wrong: string[] = [];
    await Promise.all(
      WHO.map(async (who) => {
        for (const [name, row] of rowsFor(set)) {
          const answer = await ask(prepared, who, people[who], row);
          const expected = row.rights.every((right) => has(who, right, set));
          if (isDenied(answer) === expected || answer.status >= 500) {
            wrong.push(
              `${name} by ${who}: ${answer.status} ${answer.code ?? ''}, ${expected ? 'has' : 'has no'} right`,
            );
          }
        }
        for (const row of ABSENT.rows) {
          const answer = await ask(prepared, who, people[who], row);
          const expected = has(who, ABSENT.right, set) ? 404 : 403;
          if (answer.status !== expected) wrong.push(`${JSON.stringify(row)} by ${who}: ${answer.status}`);
        }
      }),
    );
    assert.deepEqual(wrong, [], set.name);
  }

  for (const on of RESOURCES) {
    test(`rule 07: each operation asks for what AWS documents, whatever is granted on ${on}`, async () => {
      for (const set of SETS) if (set.on === on) await holds(set);
    });
  }
});
