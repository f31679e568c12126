/**
 * A whole S3 server in this process: loopback, a free port, the memory engine unless another is passed. It counts store
 * calls and can be given small limits and another clock.
 */

import { createAdmin } from '../../src/admin/admin.ts';
import { LOCAL } from '../../src/admin/means.ts';
import { createSessionOpener } from '../../src/admin/sessions.ts';
import type { Admin, KeyDraft } from '../../src/admin/types.ts';
import { loadChecksums } from '../../src/base/checksum.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { LIMITS, type Limits } from '../../src/base/limits.ts';
import { type AccessRecord, createLog, type Log } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createSealer, type Sealer } from '../../src/base/seal.ts';
import type { Secret } from '../../src/base/secret.ts';
import { type RunningServer, startS3Server } from '../../src/http/server.ts';
import type { Certificate } from '../../src/http/tls.ts';
import { type AccessKey, type Account, OPEN_PLATFORM, type PlatformAccess } from '../../src/model/entities.ts';
import { type EncryptionServices, keyBox } from '../../src/model/object-keys.ts';
import { createPolicyCache } from '../../src/model/policy/cache.ts';
import { oneRegion, type Regions } from '../../src/model/regions.ts';
import type { Services } from '../../src/ops/types.ts';
import type { Engine } from '../../src/store/port.ts';
import { type CountingEngine, countingEngine } from './counting.ts';
import { createMemoryEngine } from './memory-engine.ts';

export interface TestServerOptions {
  /** Not closed by `stop` when passed. */
  readonly engine?: Engine;
  readonly limits?: Partial<Limits>;
  /** The platform's switches. Default: all open. */
  readonly access?: Partial<PlatformAccess>;
  readonly clock?: Clock;
  readonly region?: string;
  /** Instead of `region`. */
  readonly regions?: Regions;
  /** A server over the same store: its operator is this one's too, and calls and records are counted together. */
  readonly beside?: TestServer;
  /** S3 domains for virtual-host style. Default: `localhost`. */
  readonly hostNames?: readonly string[];
  readonly tls?: Certificate;
  readonly trustedProxies?: readonly string[];
  /** Default: a ring of two keys, and customers' keys without TLS. */
  readonly encryption?: Partial<EncryptionServices>;
  /** Default: silent. */
  readonly log?: Log;
  /** Default: true. */
  readonly sandbox?: boolean;
  readonly noteActivity?: Services['noteActivity'];
}

/** Somebody who can sign. */
export interface TestAccount {
  readonly account: Account;
  readonly key: AccessKey;
  readonly accessKeyId: string;
  readonly secret: string;
}

export interface TestServer {
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly engine: CountingEngine;
  readonly running: RunningServer;
  /** Account `operator`, made at start, and its key. */
  readonly operator: TestAccount;
  /** Another account of that name with a first key. */
  addAccount(name: string, options?: { readonly email?: string; readonly allowV2?: boolean }): Promise<TestAccount>;
  /** Another key of the same account. */
  addKey(account: Account, draft?: KeyDraft): Promise<TestAccount>;
  readonly admin: Admin;
  /** Keys that were used. */
  readonly uses: ReadonlySet<string>;
  /** What the access log was told, oldest first. */
  records(): readonly AccessRecord[];
  /** Adds to them. */
  observe(record: AccessRecord): void;
  stop(): Promise<void>;
}

export const MASTER_KEY = Buffer.alloc(32, 7);

const testEncryption = (sealer: Sealer): EncryptionServices => ({
  platform: keyBox(sealer),
  ring: new Map(['first-key', 'second-key'].map((id, at) => [id, ringBox(at)])),
  customerKeysWithoutTls: true,
});

const ringBox = (at: number) => keyBox(createSealer(Buffer.alloc(32, 11 + at), systemRandom));

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { beside } = options;
  const own = options.engine ?? createMemoryEngine();
  const engine = beside === undefined ? countingEngine(own) : beside.engine.beside(own);
  const clock = options.clock ?? systemClock;
  const region = options.region ?? 'us-east-1';
  const sealer = createSealer(MASTER_KEY, systemRandom);
  const limits = Object.freeze({ ...LIMITS, ...options.limits });
  const admin = createAdmin({ rows: engine.rows, sealer, clock, random: systemRandom, limits });
  const people = accountsOf(engine, admin);
  const operator = beside?.operator ?? (await people.addAccount('operator'));
  const unseal = createUnseal((key) => sealer.unseal('access-key', key.accessKeyId, key.sealedSecret));
  const records: AccessRecord[] = [];
  const uses = new Set<string>();
  const observe = beside?.observe ?? ((record: AccessRecord) => void records.push(record));
  const { rows, blobs, capabilities } = engine;
  const checksums = await loadChecksums();
  const running = await startS3Server({
    services: {
      rows,
      blobs,
      capabilities,
      clock,
      random: systemRandom,
      limits,
      access: { ...OPEN_PLATFORM, ...options.access },
      policies: createPolicyCache(limits.policyCache),
      encryption: { ...testEncryption(sealer), ...options.encryption },
      noteActivity: options.noteActivity ?? (() => {}),
      checksums,
      regions: options.regions ?? oneRegion(region),
    },
    names: options.hostNames ?? ['localhost'],
    keyring: { unseal, openSession: createSessionOpener(sealer, limits), noteUse: (id) => void uses.add(id) },
    listen: { host: '127.0.0.1', port: 0 },
    log: options.log ?? createLog('silent', () => {}),
    sandbox: options.sandbox ?? true,
    tls: options.tls,
    trustedProxies: options.trustedProxies ?? [],
    observe,
  });
  engine.reset();
  const scheme = options.tls === undefined ? 'http' : 'https';
  return {
    origin: `${scheme}://127.0.0.1:${running.port}`,
    host: '127.0.0.1',
    port: running.port,
    region,
    engine,
    running,
    operator,
    admin,
    uses,
    ...people,
    records: beside?.records ?? (() => records),
    observe,
    stop: async () => {
      await running.stop();
      if (options.engine === undefined) await engine.close();
    },
  };
}

function accountsOf(engine: CountingEngine, admin: Admin) {
  const addKey: TestServer['addKey'] = async (account, draft = {}) => {
    const { key, secret } = await admin.createKey(account, draft, LOCAL);
    engine.reset();
    return { account, key, accessKeyId: key.accessKeyId, secret: secret.reveal() };
  };
  const addAccount: TestServer['addAccount'] = async (name, options = {}) => {
    const role = name === 'operator' ? 'operator' : 'tenant';
    return addKey(await admin.addAccount({ name, role, email: options.email }, LOCAL), options);
  };
  return { addAccount, addKey };
}

/** Remembers opened secrets by what was sealed, so that a key made anew is opened anew. */
function createUnseal(open: (key: AccessKey) => Secret): (key: AccessKey) => Secret {
  const opened = new Map<string, Secret>();
  return (key) => {
    const known = opened.get(key.sealedSecret);
    if (known !== undefined) return known;
    const secret = open(key);
    opened.set(key.sealedSecret, secret);
    return secret;
  };
}
