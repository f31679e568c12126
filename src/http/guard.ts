/**
 * Patience with slow clients: one timer that looks at every open request, instead of timers for each.
 *
 * A client that owes us bytes, or that does not take ours, gets `idleBodyTimeoutMs` without any progress, and after
 * `slowBodyGraceMs` an average of at least `minBytesPerSecond`. Only time spent waiting for the client counts: an engine
 * that is slow is not the client's fault. Limits are checked every `sweepMs`, so they hold to that precision.
 */

import type { Clock } from '../base/clock.ts';
import type { Limits } from '../base/limits.ts';
import { S3Error } from '../model/errors.ts';
import type { Exchange } from './exchange.ts';

type PatienceLimits = Pick<Limits, 'idleBodyTimeoutMs' | 'minBytesPerSecond' | 'slowBodyGraceMs'>;

/** The record of one direction of one body. */
export class Patience {
  readonly #limits: PatienceLimits;
  #waitedMs = 0;
  #idleMs = 0;
  #moved = 0;

  constructor(limits: PatienceLimits) {
    this.#limits = limits;
  }

  /**
   * Whether to go on waiting, after another `elapsedMs` of it with `moved` bytes in all. `pending` bytes were handed to
   * the connection at once and count as moved only together, so they get the time they need at the least allowed rate.
   */
  holds(elapsedMs: number, moved: number, pending: number): boolean {
    const { idleBodyTimeoutMs, minBytesPerSecond, slowBodyGraceMs } = this.#limits;
    this.#waitedMs += elapsedMs;
    this.#idleMs = moved === this.#moved ? this.#idleMs + elapsedMs : 0;
    this.#moved = moved;
    const allowance = minBytesPerSecond === 0 ? 0 : (pending * 1000) / minBytesPerSecond;
    if (this.#idleMs > idleBodyTimeoutMs + allowance) return false;
    const tooSlow = moved * 1000 < (this.#waitedMs - allowance) * minBytesPerSecond;
    return this.#waitedMs <= slowBodyGraceMs + allowance || !tooSlow;
  }
}

interface Watch {
  upload?: Patience;
  download?: Patience;
  drainMs: number;
}

export interface GuardOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  /** A request whose connection ended without telling it (its answer was still queued behind another). */
  readonly lost: (exchange: Exchange) => void;
}

/** Every open request, and the timer that watches them. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #open = new Set<Exchange>();
  /** Only of those that were ever seen waiting: a quick request costs nothing here. */
  readonly #watches = new WeakMap<Exchange, Watch>();
  readonly #timer: NodeJS.Timeout;
  #sweptAt: number;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#sweptAt = options.clock.monotonic();
    this.#timer = setInterval(() => this.sweep(), options.limits.sweepMs);
    this.#timer.unref();
  }

  open(exchange: Exchange): void {
    this.#open.add(exchange);
  }

  /** False when it was closed before. */
  close(exchange: Exchange): boolean {
    return this.#open.delete(exchange);
  }

  exchanges(): ReadonlySet<Exchange> {
    return this.#open;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  sweep(): void {
    const now = this.#options.clock.monotonic();
    const elapsedMs = now - this.#sweptAt;
    this.#sweptAt = now;
    for (const exchange of this.#open) this.#look(exchange, elapsedMs);
  }

  #look(exchange: Exchange, elapsedMs: number): void {
    const { request, response, source } = exchange;
    if (request.socket.destroyed && response.socket === null) {
      this.#options.lost(exchange);
      return;
    }
    const blocked = exchange.blockedBytes();
    if (!source.waitsForClient() && blocked === undefined) return;
    const watch = this.#watchOf(exchange);
    if (source.drains()) {
      watch.drainMs += elapsedMs;
      if (watch.drainMs > this.#options.limits.drainMs) source.endDrain();
    } else if (source.waitsForClient()) {
      watch.upload ??= new Patience(this.#options.limits);
      if (!watch.upload.holds(elapsedMs, source.received(), 0)) giveUpUpload(exchange);
    }
    // An answer that queues behind another on its connection has no socket yet: that one is watched.
    if (blocked !== undefined && response.socket !== null) {
      watch.download ??= new Patience(this.#options.limits);
      if (!watch.download.holds(elapsedMs, exchange.sent() - blocked, blocked)) giveUpDownload(exchange);
    }
  }

  #watchOf(exchange: Exchange): Watch {
    const known = this.#watches.get(exchange);
    if (known !== undefined) return known;
    const watch: Watch = { drainMs: 0 };
    this.#watches.set(exchange, watch);
    return watch;
  }
}

/** The body ends with an error; whoever reads it answers, and the connection goes. */
function giveUpUpload(exchange: Exchange): void {
  exchange.closeAfterwards();
  exchange.source.fail(
    new S3Error('RequestTimeout', 'Your request body came too slowly or stopped. Idle connections are closed.'),
  );
}

/** The status is long gone, so all that is left to say is that the answer is not whole. */
function giveUpDownload(exchange: Exchange): void {
  exchange.failedWith('RequestTimeout');
  exchange.response.destroy();
}
