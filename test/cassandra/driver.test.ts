/**
 * The driver's connections over a way to the ring that is cut: they come back, no more than there were, and closing leaves none, so
 * that a process can end.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sharedRing } from '../../scripts/testing/shared-ring.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createClient } from '../../src/store/cassandra/database/driver.ts';

const place = sharedRing();
const OUTAGES = 3;

interface Way extends AsyncDisposable {
  readonly port: number;
  /** How many connections there are. */
  count(): number;
  /** Ends all connections; new ones are taken and hear nothing until `mend`, as of nodes that stand still. */
  cut(): void;
  mend(): void;
}

async function wayTo(port: number): Promise<Way> {
  const sockets = new Set<Socket>();
  let waiting: Socket[] | undefined;
  const join = (near: Socket): void => {
    const far = connect(port, '127.0.0.1');
    near.pipe(far).pipe(near);
    far.on('error', () => near.destroy());
    near.on('close', () => far.destroy());
  };
  const server = createServer((near) => {
    sockets.add(near);
    near.on('error', () => {});
    near.on('close', () => sockets.delete(near));
    if (waiting === undefined) join(near);
    else waiting.push(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert(typeof address === 'object' && address !== null);
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    count: () => sockets.size,
    cut() {
      waiting = [];
      endAll();
    },
    mend() {
      for (const near of waiting ?? []) join(near);
      waiting = undefined;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      endAll();
      await closed;
    },
  };
}

async function until(is: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let look = 0; look < 600; look++) {
    if (await is()) return;
    await sleep(50);
  }
  assert.fail(`never: ${what}`);
}

suite('connections of the driver', { skip: place === undefined ? 'npm test starts a ring' : false }, () => {
  test('outages of the whole cluster leave no connection behind', async () => {
    const { contactPoints = [], dataCentre = '' } = place ?? {};
    await using way = await wayTo(Number(contactPoints[0]?.split(':').at(-1)));
    const {
      client,
      connect: open,
      close,
    } = createClient({ contactPoints: [`127.0.0.1:${way.port}`], clock: systemClock }, [dataCentre]);
    const answers = () =>
      client.execute('SELECT key FROM system.local').then(
        () => true,
        () => false,
      );
    await open();
    for (let outage = 0; outage < OUTAGES; outage++) {
      await until(() => way.count() === 2, 'both connections of the pool');
      way.cut();
      // Long enough for the driver to look for the cluster anew.
      await sleep(1500);
      way.mend();
      await until(answers, 'an answer after the outage');
    }
    await until(() => way.count() === 2, 'both connections of the pool');
    // What else was to be opened would be opened now.
    await sleep(1500);
    assert.equal(way.count(), 2);
    await close();
    await until(() => way.count() === 0, 'no connection after closing');
  });
});
