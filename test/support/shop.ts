/**
 * The command line over a store in memory, behind a real directory with a real master key: for tests of commands.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { firstStart } from '../../src/admin/first-start.ts';
import { openSealer } from '../../src/admin/masterkey.ts';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { ClusterTools, Context, EngineOptions } from '../../src/cli/command.ts';
import { run } from '../../src/cli/run.ts';
import type { Engine } from '../../src/store/port.ts';
import { createMemoryEngine } from './memory-engine.ts';

export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const noCluster = async (): Promise<never> => assert.fail('a cluster was asked');

/** Gone with its test. */
export class Shop {
  readonly folder = mkdtempSync(join(tmpdir(), 'moraine-cli-'));
  readonly data = join(this.folder, 'data');
  environment: Readonly<Record<string, string>> = {};
  stdin = '';
  /** What is typed at a terminal; undefined: there is none. */
  typed: string[] | undefined;
  opened = 0;
  /** What the last engine was opened with. */
  engineOptions: EngineOptions | undefined;
  closed = 0;
  engine: Engine = createMemoryEngine();
  /** What commands on a cluster are answered. */
  cluster: ClusterTools = { init: noCluster, status: noCluster, upgrade: noCluster };

  constructor(context: TestContext) {
    context.after(() => rmSync(this.folder, { recursive: true }));
  }

  async start(): Promise<{ readonly accessKeyId: string; readonly secret: string }> {
    const options = { random: systemRandom, create: true };
    const sealer = await openSealer(this.engine.rows, join(this.data, 'master.key'), options);
    const first = await firstStart(this.engine.rows, undefined, { sealer, clock: systemClock, random: systemRandom });
    writeFileSync(join(this.data, 'store.json'), '');
    return { accessKeyId: first?.key.accessKeyId ?? '', secret: first?.secret.reveal() ?? '' };
  }

  #close(): void {
    this.closed += 1;
  }

  async run(...words: string[]): Promise<Result> {
    let out = '';
    let err = '';
    const context: Context = {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      stdin: async () => this.stdin,
      askSecret: async () => this.typed?.shift(),
      sources: (flags) => ({ flags, environment: this.environment, directory: this.folder }),
      clock: systemClock,
      random: systemRandom,
      openEngine: async (options) => {
        this.opened += 1;
        this.engineOptions = options;
        return { ...this.engine, close: async () => this.#close() };
      },
      cluster: this.cluster,
    };
    const code = await run(words, context);
    assert.equal(this.opened, this.closed, 'an engine was left open');
    return { code, out, err };
  }
}

export async function startedShop(context: TestContext) {
  const shop = new Shop(context);
  return { shop, first: await shop.start() };
}

export const parsed = (result: Result): unknown => JSON.parse(result.out);

export function refused(result: Result, text: RegExp): void {
  assert.equal(result.code, 2, result.err);
  assert.match(result.err, text);
  assert.match(result.err, /^moraine: /);
  assert.equal(result.out, '');
}

export function failed(result: Result, text: RegExp): void {
  assert.equal(result.code, 1, result.err);
  assert.match(result.err, text);
  assert.equal(result.err.trimEnd().split('\n').length, 1, result.err);
  assert.ok(!/\n {4}at /.test(result.err), result.err);
}
