/**
 * Failed sign-ins, counted per name and per address within a window: guessing has to wait, whoever guesses.
 *
 * An attempt counts as failed until it succeeds, so that many at once are not one. Names are counted as they were typed,
 * whether or not somebody has them: the answer must not tell (SECURITY rule 27). In memory of the process that serves
 * sign-ins, and bounded: the oldest count makes room. Only what failed, or has not ended yet, is kept: whoever must wait, or
 * does not fail, pushes nobody's count out.
 */

import { isIP } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Limits } from '../base/limits.ts';
import { formatDuration } from '../base/units.ts';
import { AdminError } from './types.ts';

interface Count {
  readonly since: number;
  failures: number;
}

export class Failures {
  readonly #counts = new Map<string, Count>();
  readonly #clock: Clock;
  readonly #limits: Pick<Limits, 'signInFailures' | 'signInWindowMs' | 'signInsCounted'>;

  constructor(clock: Clock, limits: Pick<Limits, 'signInFailures' | 'signInWindowMs' | 'signInsCounted'>) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Counts one for each of `names`, or throws `busy` and counts nothing. Call what it answers when it was no failure. */
  count(names: readonly string[]): () => void {
    const { signInFailures, signInWindowMs } = this.#limits;
    const now = this.#clock.monotonic();
    for (const { failures, since } of names.flatMap((name) => this.#known(name) ?? [])) {
      if (failures < signInFailures) continue;
      const seconds = Math.max(1, Math.ceil((since + signInWindowMs - now) / 1000));
      throw new AdminError('busy', `too many failed sign-ins: try again in ${formatDuration(seconds * 1000)}`);
    }
    const counted = names.map((name) => ({ name, count: this.#known(name) ?? this.#fresh(name) }));
    for (const { count } of counted) count.failures++;
    return () => {
      for (const { name, count } of counted) {
        count.failures--;
        if (count.failures === 0 && this.#counts.get(name) === count) this.#counts.delete(name);
      }
    };
  }

  /** Within its window. */
  #known(name: string): Count | undefined {
    const known = this.#counts.get(name);
    const recent = known !== undefined && this.#clock.monotonic() - known.since < this.#limits.signInWindowMs;
    return recent ? known : undefined;
  }

  #fresh(name: string): Count {
    this.#counts.delete(name);
    const oldest = this.#counts.size < this.#limits.signInsCounted ? undefined : this.#counts.keys().next().value;
    if (oldest !== undefined) this.#counts.delete(oldest);
    const fresh = { since: this.#clock.monotonic(), failures: 0 };
    this.#counts.set(name, fresh);
    return fresh;
  }
}

/** What an address is counted as: itself, or its /64 in IPv6, where whoever has one address has all of those (RFC 6177). */
export function sourceOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const [first, last] = [groupsOf(head), groupsOf(tail ?? '')];
  // An IPv4 address at the end stands for two groups.
  const present = first.length + last.length + (address.includes('.') ? 1 : 0);
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - present) }, () => '0');
  return `${[...first, ...zeros, ...last].slice(0, 4).join(':')}::/64`;
}

const groupsOf = (text: string): readonly string[] =>
  text === '' ? [] : text.split(':').map((group) => group.replace(/^0+(?=.)/, ''));
