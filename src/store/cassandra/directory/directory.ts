/**
 * Accounts and access keys: the port's reads and mutations, over the truth (`truth.ts`) and its copies.
 *
 * Requests read copies: a key, and its account beside it when this process has seen the key before. A copy that is not
 * there is looked for in the truth, so that a new key works everywhere at once. All other reads ask the truth.
 *
 * An account is removed against buckets that are made meanwhile: the remover marks the account, then looks for buckets;
 * a maker claims the bucket's name, then looks for the mark (`keepAccount`) and takes it away if it is there. Whoever comes
 * second sees the first, and a mark left behind by a process that died hinders nobody.
 */

import { isDeepStrictEqual } from 'node:util';
import type { AccessKey, Account, AccountId } from '../../../model/entities.ts';
import { type AccountQuery, type Committed, Conflict, type Identity, type Mutation, Unavailable } from '../../port.ts';
import { ABSENT } from '../keys/record.ts';
import { Remembered } from '../remembered.ts';
import type { Tools } from '../types.ts';
import { accessKeyOf, accountOf, birthOf, type Fields } from './records.ts';
import { type Copy, nameOf, type Plan, type RowId, type RowKind, type Seen, Truth, type TruthRow } from './truth.ts';
import { KeyUses } from './uses.ts';

type Of<T extends Mutation['type']> = Extract<Mutation, { type: T }>;

export interface Directory {
  getIdentity(accessKeyId: string): Promise<Identity | undefined>;
  getAccount(query: AccountQuery): Promise<Account | undefined>;
  scanAccounts(after: string | undefined, limit: number): Promise<readonly Account[]>;
  scanKeys(account: AccountId | undefined, after: string | undefined, limit: number): Promise<readonly AccessKey[]>;
  readonly uses: KeyUses;
  putAccount(mutation: Of<'putAccount'>): Promise<Committed>;
  /** `ownsBuckets`: looks for buckets of the account, made or just being made. */
  removeAccount(mutation: Of<'removeAccount'>, ownsBuckets: () => Promise<boolean>): Promise<Committed>;
  putKey(mutation: Of<'putKey'>): Promise<Committed>;
  removeKey(mutation: Of<'removeKey'>): Promise<Committed>;
  /** For who has claimed a bucket's name: whether the account is there, and will be while the name is claimed. */
  keepAccount(id: AccountId): Promise<boolean>;
  /** Whether the account is there now. */
  hasAccount(id: AccountId): Promise<boolean>;
  /** Finishes what a process that died left behind. Best effort. */
  settle(): Promise<void>;
}

/** Keys whose account this process remembers. */
const REMEMBERED_KEYS = 10_000;
/** More keys than that are not removed with an account in one transaction. */
const KEYS_REMOVED = 10_000;

export function createDirectory(tools: Tools): Directory {
  return new CassandraDirectory(tools);
}

class CassandraDirectory implements Directory {
  readonly uses: KeyUses;
  readonly #truth: Truth;
  readonly #attempts: number;
  readonly #accountOfKey = new Remembered<string, AccountId>(REMEMBERED_KEYS);

  constructor(tools: Tools) {
    this.#truth = new Truth(tools);
    this.#attempts = tools.limits.commitAttempts;
    this.uses = new KeyUses(tools, async (id) => (await this.#key(id))?.born);
  }

  // ------------------------------------------------------------------------------------------------------ reading

  async getIdentity(accessKeyId: string): Promise<Identity | undefined> {
    const guess = this.#accountOfKey.get(accessKeyId);
    const [found, guessed] = await Promise.all([
      this.#key(accessKeyId),
      guess === undefined ? undefined : this.#accountById(guess),
    ]);
    if (found === undefined) return undefined;
    const { key } = found;
    const account = guessed?.id === key.accountId ? guessed : await this.#accountById(key.accountId);
    // The account went between the two reads, and its keys with it.
    if (account === undefined) return undefined;
    this.#accountOfKey.set(accessKeyId, account.id);
    return { key, account };
  }

  async getAccount(query: AccountQuery): Promise<Account | undefined> {
    if ('id' in query) return this.#accountById(query.id);
    const row: RowId =
      'name' in query
        ? ['name', query.name]
        : 'email' in query
          ? emailRow(query.email)
          : ['canonical', query.canonicalId];
    const found = await this.#truth.read(row);
    return found && accountOf(found.fields);
  }

  async scanAccounts(after: string | undefined, limit: number): Promise<readonly Account[]> {
    return (await this.#truth.scan('name', after ?? '', limit)).map(({ fields }) => accountOf(fields));
  }

  async scanKeys(account: AccountId | undefined, after: string | undefined, limit: number) {
    const kind: RowKind = account === undefined ? 'key' : `key:${account}`;
    return (await this.#truth.scan(kind, after ?? '', limit)).map(({ fields }) => accessKeyOf(fields));
  }

  async #key(id: string): Promise<BornKey | undefined> {
    const copy = await this.#truth.copy('access_key', id);
    if (copy !== undefined) return bornKeyOf(copy);
    const row = await this.#truth.read(['key', id]);
    if (row === undefined) return undefined;
    const found = bornKeyOf(row.fields);
    await this.#truth.mend(copyOfKey(found), row.rev);
    return found;
  }

  async #accountById(id: AccountId): Promise<Account | undefined> {
    const copy = await this.#truth.copy('account', id);
    if (copy !== undefined) return accountOf(copy);
    const row = await this.#truth.read(['account', id]);
    if (row === undefined) return undefined;
    const account = accountOf(row.fields);
    await this.#truth.mend(copyOfAccount(account), row.rev);
    return account;
  }

  // ----------------------------------------------------------------------------------------------------- accounts

  async putAccount({ account, replace, expect, given }: Of<'putAccount'>): Promise<Committed> {
    const unique = uniqueRows(account);
    const self: RowId = ['account', account.id];
    const revision = await this.#truth.change([self, ...unique.map(({ row }) => row)], async (seen, own) => {
      const found = seen.get(nameOf(self));
      if (replace && found === undefined) throw new Conflict('missing');
      if (!replace && found !== undefined) throw new Conflict('exists', 'id');
      requireSame(expect, found && accountOf(found.fields));
      await this.#requireGiven(given);
      for (const { field, row } of unique) {
        const holder = seen.get(nameOf(row));
        if (holder !== undefined && accountOf(holder.fields).id !== account.id) throw new Conflict('exists', field);
      }
      const wanted = new Set(unique.map(({ row }) => nameOf(row)));
      const old = found === undefined ? [] : uniqueRows(accountOf(found.fields));
      return {
        result: own,
        puts: [[self, account], ...unique.map(({ row }) => [row, account] as const)],
        removes: old.map(({ row }) => row).filter((row) => !wanted.has(nameOf(row))),
        copies: [copyOfAccount(account)],
      };
    });
    return { revision };
  }

  async removeAccount({ id, given }: Of<'removeAccount'>, ownsBuckets: () => Promise<boolean>): Promise<Committed> {
    for (let attempt = 0; attempt < this.#attempts; attempt++) {
      const marked = await this.#mark(id);
      if (await ownsBuckets()) {
        await this.#unmark(id, marked);
        throw new Conflict('not-empty');
      }
      if (await this.#removeMarked(id, marked, given)) return { revision: ABSENT };
    }
    const message = `buckets of account ${id} are being made while it is to be removed: try again`;
    throw new Unavailable(message, { mayHaveApplied: false });
  }

  /** The mark's name; one that somebody else set will do. */
  #mark(id: AccountId): Promise<string> {
    return this.#truth.change([['account', id]], (seen) => {
      const row = seen.get(nameOf(['account', id]));
      if (row === undefined) throw new Conflict('missing');
      const found = markOf(row);
      if (found !== undefined) return { result: found };
      const mark = `after ${row.rev}`;
      return { result: mark, puts: [[['account', id], { ...accountOf(row.fields), removal: mark }]] };
    });
  }

  /** Best effort: a mark that stays hinders nobody. */
  async #unmark(id: AccountId, mark: string): Promise<void> {
    try {
      await this.#truth.change([['account', id]], (seen) => unmarking(id, seen, mark));
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  }

  /** False: the mark was taken away meanwhile. */
  #removeMarked(id: AccountId, mark: string, given: Account | undefined): Promise<boolean> {
    return this.#truth.change([['account', id]], async (seen): Promise<Plan<boolean>> => {
      const row = seen.get(nameOf(['account', id]));
      if (row === undefined) throw new Conflict('missing');
      if (markOf(row) !== mark) return { result: false };
      await this.#requireGiven(given);
      const keys = await this.#truth.scan(`key:${id}`, '', KEYS_REMOVED + 1);
      if (keys.length > KEYS_REMOVED) {
        const message = `account ${id} has more than ${KEYS_REMOVED} access keys: remove some of them first`;
        throw new Unavailable(message, { mayHaveApplied: false });
      }
      const keyIds = keys.map((key) => key.id);
      return {
        result: true,
        removes: [
          ['account', id],
          ...uniqueRows(accountOf(row.fields)).map((unique) => unique.row),
          ...keyIds.flatMap((keyId): RowId[] => [
            ['key', keyId],
            [`key:${id}`, keyId],
          ]),
        ],
        copies: [
          { table: 'account', id, record: undefined },
          ...keyIds.map((keyId): Copy => ({ table: 'access_key', id: keyId, record: undefined })),
        ],
      };
    });
  }

  /**
   * Within a change, which takes effect only when no other came between: whoever changed the account meanwhile is seen
   * here or takes the change's number.
   */
  async #requireGiven(given: Account | undefined): Promise<void> {
    if (given === undefined) return;
    const row = await this.#truth.read(['account', given.id]);
    requireSame(given, row && accountOf(row.fields));
  }

  async keepAccount(id: AccountId): Promise<boolean> {
    const row = await this.#truth.read(['account', id]);
    if (row === undefined) return false;
    if (markOf(row) === undefined) return true;
    return this.#truth.change([['account', id]], (seen) => unmarking(id, seen, undefined));
  }

  async hasAccount(id: AccountId): Promise<boolean> {
    return (await this.#truth.read(['account', id])) !== undefined;
  }

  // --------------------------------------------------------------------------------------------------------- keys

  async putKey({ key, replace, expect }: Of<'putKey'>): Promise<Committed> {
    const self: RowId = ['key', key.accessKeyId];
    const revision = await this.#truth.change([self, ['account', key.accountId]], (seen, own) => {
      if (!seen.has(nameOf(['account', key.accountId]))) throw new Conflict('missing');
      const found = seen.get(nameOf(self));
      if (replace && found === undefined) throw new Conflict('missing');
      if (!replace && found !== undefined) throw new Conflict('exists', 'accessKeyId');
      requireSame(expect, found && accessKeyOf(found.fields));
      const owner = found === undefined ? key.accountId : accessKeyOf(found.fields).accountId;
      const born = { key, born: found === undefined ? own : birthOf(found.fields) };
      return {
        result: own,
        puts: [
          [self, recordOf(born)],
          [[`key:${key.accountId}`, key.accessKeyId], recordOf(born)],
        ],
        removes: owner === key.accountId ? [] : [[`key:${owner}`, key.accessKeyId]],
        copies: [copyOfKey(born)],
      };
    });
    return { revision };
  }

  removeKey({ accessKeyId }: Of<'removeKey'>): Promise<Committed> {
    const self: RowId = ['key', accessKeyId];
    return this.#truth.change([self], (seen) => {
      const found = seen.get(nameOf(self));
      if (found === undefined) throw new Conflict('missing');
      return {
        result: { revision: ABSENT },
        removes: [self, [`key:${accessKeyOf(found.fields).accountId}`, accessKeyId]],
        copies: [{ table: 'access_key', id: accessKeyId, record: undefined }],
      };
    });
  }

  async settle(): Promise<void> {
    await this.#truth.settle().catch((error) => {
      if (!(error instanceof Unavailable)) throw error;
    });
  }
}

/** `revision` when something was expected and is not so. */
function requireSame<T>(expected: T | undefined, found: T | undefined): void {
  if (expected !== undefined && !isDeepStrictEqual(expected, found)) throw new Conflict('revision');
}

/** E-mail addresses are compared without case. */
const emailRow = (email: string): RowId => ['email', email.toLowerCase()];

/** The rows by which an account is unique, beside its id, in the order in which conflicts are told. */
function uniqueRows(account: Account): readonly { readonly field: string; readonly row: RowId }[] {
  return [
    { field: 'name', row: ['name', account.name] },
    ...(account.email === undefined ? [] : [{ field: 'email', row: emailRow(account.email) }]),
    { field: 'canonicalId', row: ['canonical', account.canonicalId] },
  ];
}

const copyOfAccount = (account: Account): Copy => ({ table: 'account', id: account.id, record: account });

/** A key with the number of the change that made it. */
interface BornKey {
  readonly key: AccessKey;
  readonly born: string;
}
const bornKeyOf = (fields: Fields): BornKey => ({ key: accessKeyOf(fields), born: birthOf(fields) });
const recordOf = ({ key, born }: BornKey): object => ({ ...key, born });
const copyOfKey = (found: BornKey): Copy => ({
  table: 'access_key',
  id: found.key.accessKeyId,
  record: recordOf(found),
});

const markOf = ({ fields }: TruthRow): string | undefined =>
  fields.has('removal') ? fields.text('removal') : undefined;

/** Takes a mark away (a certain one, or any). The result says whether the account is there. */
function unmarking(id: AccountId, seen: Seen, mark: string | undefined): Plan<boolean> {
  const row = seen.get(nameOf(['account', id]));
  if (row === undefined) return { result: false };
  const found = markOf(row);
  if (found === undefined || (mark !== undefined && found !== mark)) return { result: true };
  return { result: true, puts: [[['account', id], accountOf(row.fields)]] };
}
