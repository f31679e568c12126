/**
 * Passwords: argon2id (RFC 9106) as a PHC string, `$argon2id$v=19$m=65536,t=3,p=1$salt$hash`.
 *
 * A hash costs 64 MiB and a fifth of a second, and who asks for one has proved nothing: so many are made at a time, so many
 * wait, and the next is told to come again (SECURITY rule 22). A name that nobody has costs what a wrong password costs
 * (rule 27). Passwords are compared in their compatibility form (NFKC), because keyboards differ in how they compose.
 *
 * Left out: lists of leaked passwords, and rules of composition, which make passwords worse (NIST SP 800-63B, 3.1.1.2).
 */

import { argon2 } from 'node:crypto';
import type { Limits } from '../base/limits.ts';
import type { Random } from '../base/random.ts';
import { Secret } from '../base/secret.ts';
import { Corrupt } from '../store/port.ts';
import { integerIn } from '../wire/values.ts';
import { AdminError } from './types.ts';

export interface Passwords {
  /** `invalid` for one that is too short, too long or one of `known` (the account's name and its like); `busy`. */
  hash(password: Secret, known: readonly (string | undefined)[]): Promise<string>;
  /** `outdated`: right, but hashed with other parameters than today's. Without a hash as costly as with one. `busy`. */
  check(password: Secret, hash: string | undefined): Promise<'right' | 'outdated' | 'wrong'>;
}

type PasswordLimits = Pick<
  Limits,
  'passwordMin' | 'passwordMax' | 'passwordMemoryBytes' | 'passwordPasses' | 'passwordHashes' | 'passwordQueue'
>;

interface Parameters {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}

const SALT_BYTES = 16;
const HASH_BYTES = 32;
const LANES = 1;

/** One per process: the bound on hashes at a time is its own. */
export function createPasswords(random: Random, limits: PasswordLimits): Passwords {
  const turns = new Turns(limits.passwordHashes, limits.passwordQueue);
  const today = { memoryKiB: limits.passwordMemoryBytes / 1024, passes: limits.passwordPasses, lanes: LANES };
  const decoy = { ...today, salt: random.bytes(SALT_BYTES), hash: new Secret('') };
  return Object.freeze({
    async hash(password: Secret, known: readonly (string | undefined)[]): Promise<string> {
      const problem = passwordProblem(password, known, limits);
      if (problem !== undefined) throw new AdminError('invalid', `the password ${problem}`);
      const salt = random.bytes(SALT_BYTES);
      const hash = await turns.take(() => derive(password, salt, today));
      return `$argon2id$v=19$${parameterText(today)}$${base64(salt)}$${base64(hash)}`;
    },
    async check(password: Secret, text: string | undefined) {
      const stored = text === undefined ? decoy : parse(text);
      // One that is too long was never set; hashing the bytes would only cost more than others do.
      const tooLong = password.reveal().length > limits.passwordMax;
      const hash = await turns.take(() => derive(tooLong ? new Secret('') : password, stored.salt, stored));
      const right = new Secret(base64(hash)).equals(stored.hash) && !tooLong && text !== undefined;
      if (!right) return 'wrong';
      return parameterText(stored) === parameterText(today) ? 'right' : 'outdated';
    },
  });
}

/** As the end of a sentence, or undefined. */
function passwordProblem(
  password: Secret,
  known: readonly (string | undefined)[],
  { passwordMin, passwordMax }: PasswordLimits,
): string | undefined {
  const text = password.reveal();
  const length = [...text].length;
  if (length < passwordMin || text.length > passwordMax) {
    return `has ${length} characters, it must have ${passwordMin} to ${passwordMax}: a few words are easy to remember`;
  }
  if (/\p{Cc}/u.test(text)) return 'holds a control character: a line break or tab, perhaps from a file';
  if (new Set(text).size < 4) return 'repeats too few characters: choose one that is harder to guess';
  const plain = text.toLowerCase();
  if (known.some((one) => one?.toLowerCase() === plain))
    return 'is the name or e-mail of the account: choose another one';
  return undefined;
}

function derive(password: Secret, salt: Uint8Array, { memoryKiB, passes, lanes }: Parameters): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settings = { nonce: salt, parallelism: lanes, tagLength: HASH_BYTES, memory: memoryKiB, passes };
    const message = Buffer.from(password.reveal().normalize('NFKC'), 'utf8');
    argon2('argon2id', { ...settings, message }, (error, hash) => {
      if (error === null) resolve(hash);
      else reject(error);
    });
  });
}

/** PHC's base64 has no padding. */
const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

const parameterText = ({ memoryKiB, passes, lanes }: Parameters): string => `m=${memoryKiB},t=${passes},p=${lanes}`;

const PHC =
  /^\$argon2id\$v=19\$m=([0-9]{1,7}),t=([0-9]{1,2}),p=([0-9]{1,2})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{43})$/;

/** Throws `Corrupt`: a hash that we did not write is no wrong password. */
function parse(text: string): Parameters & { readonly salt: Buffer; readonly hash: Secret } {
  const [, memory = '', time = '', parallel = '', salt = '', hash = ''] = PHC.exec(text) ?? [];
  const memoryKiB = integerIn(memory, 8, 1024 * 1024);
  const [passes, lanes] = [integerIn(time, 1, 99), integerIn(parallel, 1, 16)];
  if (memoryKiB === undefined || passes === undefined || lanes === undefined || memoryKiB < 8 * lanes) {
    throw new Corrupt('the stored password of an account is not one that this version made: set it again');
  }
  return { memoryKiB, passes, lanes, salt: Buffer.from(salt, 'base64'), hash: new Secret(hash) };
}

/** So many at a time, so many waiting, in order of arrival. */
class Turns {
  readonly #atOnce: number;
  readonly #queue: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnce: number, queue: number) {
    this.#atOnce = atOnce;
    this.#queue = queue;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) {
      if (this.#waiting.length >= this.#queue) {
        throw new AdminError('busy', 'too many passwords are being checked: try again in a few seconds');
      }
      // Whoever is done hands its turn on.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
