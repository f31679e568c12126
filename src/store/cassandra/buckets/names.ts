/** Names of buckets, claimed platform-wide, and the hints by which the buckets of an owner are found. */

import type { AccountId, Bucket } from '../../../model/entities.ts';
import { Corrupt } from '../../port.ts';
import type { Row } from '../database/types.ts';
import type { Home, Tools } from '../types.ts';
import {
  CLAIM_NAME,
  DROP_HINT,
  PUT_HINT,
  READ_HINTS,
  READ_NAME,
  READ_NAME_EVERYWHERE,
  RELEASE_NAME,
} from './statements.ts';

export interface Hint {
  readonly name: string;
  readonly home: Home;
}

/** Under this owner all buckets have a hint. No account has this id; an empty partition key is not allowed. */
export const EVERYONE = '*';

export class Names {
  readonly #tools: Tools;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** `everywhere`: sees what was claimed in any region before this call. Otherwise it may be an older state. */
  async holder(name: string, how: { readonly everywhere: boolean }): Promise<Home | undefined> {
    const [row] = await this.#tools.sessions.home.read(how.everywhere ? READ_NAME_EVERYWHERE : READ_NAME, [name]);
    return row && homeOf(row);
  }

  /** Undefined: claimed. Otherwise who holds it. */
  async claim({ name, owner }: Omit<Bucket, 'revision'>, home: Home): Promise<Home | undefined> {
    const values = [name, home.bucketId, home.region, owner];
    // Whatever became of an earlier try, the row that is shown says who holds the name now.
    const { row } = await this.#tools.sessions.home.cas(CLAIM_NAME, values, () => true);
    const holder = row && homeOf(row);
    return holder?.bucketId === home.bucketId ? undefined : holder;
  }

  async release(name: string, { bucketId }: Home): Promise<void> {
    // Applied, or the name is another's: both are what is wanted.
    await this.#tools.sessions.home.cas(RELEASE_NAME, [name, bucketId], () => true);
  }

  async putHints({ name, owner }: Pick<Bucket, 'name' | 'owner'>, { bucketId, region }: Home): Promise<void> {
    const { home } = this.#tools.sessions;
    await Promise.all([owner, EVERYONE].map((one) => home.write(PUT_HINT, [one, name, bucketId, region])));
  }

  async dropHints({ name, owner }: Pick<Bucket, 'name' | 'owner'>, { bucketId }: Home): Promise<void> {
    const { home } = this.#tools.sessions;
    await Promise.all([owner, EVERYONE].map((one) => home.write(DROP_HINT, [one, name, bucketId])));
  }

  /** Hints in the order of names, then of ids, behind this place. Fewer than `limit` mean the end. */
  async hints(
    owner: AccountId,
    behind: { readonly name: string; readonly bucketId: string },
    limit: number,
  ): Promise<readonly Hint[]> {
    const values = [owner, behind.name, behind.bucketId, limit];
    const rows = await this.#tools.sessions.home.read(READ_HINTS, values);
    return rows.map((row) => {
      if (typeof row.name !== 'string') throw new Corrupt('a hint without a name');
      return { name: row.name, home: homeOf(row) };
    });
  }
}

function homeOf({ bucket, region }: Row): Home {
  if (typeof bucket !== 'string' || typeof region !== 'string') {
    throw new Corrupt('the name of a bucket does not say which bucket it is');
  }
  return { bucketId: bucket, region };
}
