/**
 * Commands of the model of accounts, keys, bucket documents and the audit trail, and the run of one on one engine: as
 * `commands.ts`, for what access control keeps. Each change takes an event along.
 */

import fc from 'fast-check';
import type { AccessKey, Account, AuditEvent, BucketConfiguration, KeyScope } from '../../src/model/entities.ts';
import { Conflict, type Mutation } from '../../src/store/port.ts';
import { accountOf, CANONICAL, keyOf, PRIVATE, type World } from '../contract/engine/world.ts';

const ACCOUNTS = ['a', 'aa', 'b'] as const;
const NAMES = ['a', 'B', 'é'] as const;
const EMAILS = [undefined, 'x@y', 'X@y'] as const;
const KEYS = ['K', 'K1', 'L'] as const;
const BUCKETS = ['first', 'second'] as const;
const SCOPES: readonly (KeyScope | undefined)[] = [undefined, {}, { resources: [{ bucket: 'b', prefix: 'è/' }] }];
const DOCUMENTS: readonly BucketConfiguration[] = [{}, { policy: '{"a": 1}' }, { policy: '', cors: '[]' }];

const account = fc.constantFrom(...ACCOUNTS);
const key = fc.constantFrom(...KEYS);
const bucket = fc.constantFrom(...BUCKETS);
const third = fc.constantFrom(0, 1, 2);
/** As new what is there already, or the other way round. */
const isWrong = fc.constantFrom(false, false, false, true);
/** Whether what is there now must be what was there when it was last looked at. */
const isGuarded = fc.boolean();

const command = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('putAccount'), account, name: third, email: third, isWrong, isGuarded }),
  },
  fc.record({ do: fc.constant('removeAccount'), account }),
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('putKey'), key, account, scope: third, isWrong, isGuarded }),
  },
  fc.record({ do: fc.constant('removeKey'), key }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant('createBucket'), bucket, account, documents: third }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('document'), bucket, documents: third }) },
  fc.record({ do: fc.constant('deleteBucket'), bucket }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('look') }) },
  fc.record({ do: fc.constant('signIn'), account }),
  fc.record({ do: fc.constant('use'), key, other: key, at: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ do: fc.constant('refuse'), id: third, at: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ do: fc.constant('happen'), trail: fc.constantFrom('objects' as const, 'failures' as const), account }),
  fc.record({ do: fc.constant('reopen') }),
);
export type AccountCommand = typeof command extends fc.Arbitrary<infer C> ? C : never;
type Of<D extends AccountCommand['do']> = Extract<AccountCommand, { do: D }>;
export const accountCommands = fc.array(command, { minLength: 10, maxLength: 60, size: 'max' });

/** One engine and what has been seen of it. */
export class AccountRunner {
  readonly #world: World;
  readonly #seenAccounts = new Map<string, Account>();
  readonly #seenKeys = new Map<string, AccessKey>();
  readonly #seenRevisions = new Map<string, string>();
  #count = 0;
  #events = 0;
  readonly #refused: string[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** Accounts to begin with. */
  async begin(): Promise<void> {
    for (const [at, id] of ACCOUNTS.entries()) {
      const made = accountOf(id, { name: NAMES[at] ?? '' });
      await this.#commit({ type: 'putAccount', account: made, replace: false }, id);
    }
  }

  /** What came of it, without anything the engine made up. */
  async run(one: AccountCommand): Promise<unknown> {
    this.#count++;
    try {
      return await this.#do(one);
    } catch (error) {
      if (error instanceof Conflict) return `${error.what} ${error.field ?? ''}`;
      throw error;
    }
  }

  /** Everything there is. */
  async everything(): Promise<unknown> {
    const { rows } = this.#world.engine;
    const buckets = (await rows.scanBuckets({ limit: 100 })).map(({ revision: _revision, ...rest }) => rest);
    const keys = await rows.scanKeys(undefined, undefined, 100);
    const uses = Object.fromEntries(await rows.getKeyUses(KEYS));
    const clients = Object.fromEntries(await rows.getKeyClients(KEYS));
    const happened = await Promise.all([
      rows.scanActivity({ trail: 'objects', limit: 1000 }),
      rows.scanActivity({ trail: 'failures', account: 'b', limit: 3 }),
    ]);
    const refusals = await Promise.all(this.#refused.map((id) => rows.getRefusal(id)));
    const listed = await Promise.all(
      ACCOUNTS.map(async (id) => ({
        account: await rows.getAccount({ id }),
        keys: await rows.scanKeys(id, undefined, 2),
        buckets: (await rows.scanBuckets({ owner: id, limit: 2 })).map(({ name }) => name),
        newest: await rows.scanAudit({ account: id, limit: 3 }),
        older: await rows.scanAudit({ account: id, before: '1030', limit: 100 }),
      })),
    );
    const identities = await Promise.all(KEYS.map((id) => rows.getIdentity(id)));
    const byName = await Promise.all(NAMES.map((name) => rows.getAccount({ name })));
    const events = await rows.scanAudit({ limit: 1000 });
    const accounts = await rows.scanAccounts(undefined, 100);
    return { buckets, keys, uses, clients, happened, refusals, listed, identities, byName, events, accounts };
  }

  async #do(one: AccountCommand): Promise<unknown> {
    switch (one.do) {
      case 'putAccount':
        return this.#putAccount(one);
      case 'putKey':
        return this.#putKey(one);
      case 'removeAccount':
        return this.#commit({ type: 'removeAccount', id: one.account }, one.account);
      case 'removeKey':
        return this.#commit({ type: 'removeKey', accessKeyId: one.key }, undefined);
      case 'signIn':
        return this.#commit({ type: 'noteAudit', event: this.#event(one.account) }, undefined);
      case 'createBucket':
      case 'document':
      case 'deleteBucket':
        return this.#doBucket(one);
      case 'look':
        return this.#look();
      case 'reopen':
        await this.#world.reopen();
        return 'reopened';
      default:
        return this.#note(one);
    }
  }

  async #putAccount({ account: id, name, email: at, isWrong: wrong, isGuarded: guarded }: Of<'putAccount'>) {
    const isKnown = (await this.#world.engine.rows.getAccount({ id })) !== undefined;
    const [expect, email] = [this.#seenAccounts.get(id), EMAILS[at]];
    const over = { name: NAMES[name] ?? '', sessionsFrom: this.#count, ...(email === undefined ? {} : { email }) };
    const guard = guarded && expect !== undefined ? { expect } : {};
    return this.#commit({ type: 'putAccount', account: accountOf(id, over), replace: isKnown !== wrong, ...guard }, id);
  }

  async #putKey({ key: id, account: owner, scope: at, isWrong: wrong, isGuarded: guarded }: Of<'putKey'>) {
    const isKnown = (await this.#world.engine.rows.getIdentity(id)) !== undefined;
    const [expect, scope] = [this.#seenKeys.get(id), SCOPES[at]];
    const over = { expiresAt: this.#count, ...(scope === undefined ? {} : { scope }) };
    const guard = guarded && expect !== undefined ? { expect } : {};
    return this.#commit({ type: 'putKey', key: keyOf(id, owner, over), replace: isKnown !== wrong, ...guard }, owner);
  }

  async #doBucket(one: Of<'createBucket' | 'document' | 'deleteBucket'>): Promise<unknown> {
    const { bucket: found } = await this.#world.engine.rows.getTarget({ bucket: one.bucket });
    if (one.do === 'createBucket') {
      const owner = {
        owner: one.account,
        ownerCanonicalId: CANONICAL,
        acl: PRIVATE,
        region: 'us-east-1',
        createdAt: 1,
      };
      // Ids are never used twice.
      const made = { id: `id-${this.#count}`, name: one.bucket, ...owner, versioning: 'unversioned' } as const;
      const configuration = DOCUMENTS[one.documents] ?? {};
      return this.#commit({ type: 'createBucket', bucket: { ...made, configuration } }, one.account);
    }
    if (found === undefined) return 'no bucket';
    if (one.do === 'deleteBucket') {
      return this.#commit({ type: 'deleteBucket', bucketId: found.id, name: found.name }, found.owner);
    }
    const { revision, ...rest } = found;
    const expect = this.#seenRevisions.get(one.bucket) ?? revision;
    const changed = { ...rest, configuration: DOCUMENTS[one.documents] ?? {} };
    return this.#commit({ type: 'updateBucket', bucket: changed, expect }, found.owner);
  }

  /** From now on this is what guarded changes expect. */
  async #look(): Promise<unknown> {
    const { rows } = this.#world.engine;
    for (const id of ACCOUNTS) remember(this.#seenAccounts, id, await rows.getAccount({ id }));
    for (const id of KEYS) remember(this.#seenKeys, id, (await rows.getIdentity(id))?.key);
    for (const name of BUCKETS) {
      remember(this.#seenRevisions, name, (await rows.getTarget({ bucket: name })).bucket?.revision);
    }
    return 'looked';
  }

  /** With a commit at the same time: what is not worth a flush need not wait then. */
  async #note(one: Of<'use' | 'refuse' | 'happen'>): Promise<unknown> {
    const { rows } = this.#world.engine;
    const commit = this.#commit({ type: 'noteAudit', event: this.#event('b') }, undefined);
    if (one.do === 'use') {
      const uses = new Map([
        [one.other, 4],
        [one.key, one.at],
      ]);
      // Of two uses at the same moment either may be the last.
      const clients = new Map([...uses].map(([id, at]) => [id, { from: `at ${at}` }]));
      await Promise.all([rows.noteKeyUses(uses, clients), commit]);
      return Object.fromEntries(await rows.getKeyUses(KEYS));
    }
    if (one.do === 'happen') {
      const event = { ...this.#event(one.account), at: this.#world.clock.time };
      await Promise.all([rows.noteActivity(one.trail, [event]), commit]);
      return rows.scanActivity({ trail: one.trail, account: one.account, limit: 2 });
    }
    const at = this.#world.clock.time + one.at;
    // As request ids are: none comes twice.
    const requestId = `R${one.id}-${this.#count}`;
    this.#refused.push(requestId);
    const refusal = { requestId, at, accounts: [...ACCOUNTS], record: String(this.#count) };
    await Promise.all([rows.noteRefusals([refusal]), commit]);
    return rows.getRefusal(refusal.requestId);
  }

  async #commit(mutation: Mutation, accountId: string | undefined): Promise<unknown> {
    await this.#world.engine.rows.commit(mutation, this.#event(accountId));
    return 'done';
  }

  /** No id is ever given twice, whatever becomes of the change. */
  #event(accountId: string | undefined): AuditEvent {
    this.#events++;
    const fields = {
      id: String(1000 + this.#events),
      at: this.#count,
      action: 'a',
      target: 't',
      from: 'x',
      details: {},
    };
    return { ...fields, actor: { kind: 'stranger' }, ...(accountId === undefined ? {} : { accountId }) };
  }
}

function remember<T>(seen: Map<string, T>, id: string, found: T | undefined): void {
  if (found === undefined) seen.delete(id);
  else seen.set(id, found);
}
