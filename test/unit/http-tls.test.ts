import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, writeFile } from 'node:fs/promises';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect, type SecureVersion } from 'node:tls';
import type { Limits } from '../../src/base/limits.ts';
import { createLog } from '../../src/base/log.ts';
import { openCertificate } from '../../src/http/tls.ts';
import { makeCertificates } from '../support/certificates.ts';
import { eventually, startTestFront, text } from '../support/front.ts';
import { temporaryFolder } from '../support/processes.ts';

interface Setup {
  readonly limits?: Partial<Limits>;
  readonly pollMs?: number;
}

async function setUp(t: TestContext, { limits = {}, pollMs = 60_000 }: Setup = {}) {
  const [folder, other] = [await temporaryFolder(), await temporaryFolder()];
  const first = await makeCertificates(folder.path, ['127.0.0.1']);
  const second = await makeCertificates(other.path, ['127.0.0.1']);
  const lines: string[] = [];
  const certificate = openCertificate({
    certificatePath: first.certificate,
    keyPath: first.key,
    pollMs,
    log: createLog('info', (line) => lines.push(line)),
  });
  t.after(async () => {
    certificate.close();
    await folder[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });
  const front = await startTestFront(t, async (arrival) => text(arrival.raw.secure ? 'secure' : 'plain'), {
    tls: certificate,
    limits,
  });
  return { folder: folder.path, first, second, certificate, front, lines };
}

/** The fingerprint of the certificate that is served now. */
async function fingerprint(port: number, maxVersion: SecureVersion = 'TLSv1.3'): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, minVersion: 'TLSv1', maxVersion });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

test('a new certificate is in use for new connections; the old connections go on', async (t) => {
  const { front, first, second, certificate, lines } = await setUp(t);
  const open = connect({ port: front.port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(open, 'secureConnect');
  const before = await fingerprint(front.port);
  await copyFile(second.certificate, first.certificate);
  certificate.reload();
  assert.equal(await fingerprint(front.port), before, 'a certificate without its key is not used');
  assert.match(lines.join(), /the old one stays/);
  await copyFile(second.key, first.key);
  certificate.reload();
  const after = await fingerprint(front.port);
  assert.notEqual(after, before);
  await writeFile(first.certificate, 'not a certificate');
  certificate.reload();
  assert.equal(await fingerprint(front.port), after);
  open.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const chunks: Buffer[] = [];
  for await (const chunk of open) chunks.push(chunk);
  assert.match(Buffer.concat(chunks).toString(), /\r\n\r\nsecure$/);
});

test('changed files are noticed without being told', async (t) => {
  const { front, first, second, certificate, lines } = await setUp(t, { pollMs: 5 });
  const before = await fingerprint(front.port);
  let changed = false;
  certificate.onChange(() => {
    changed = true;
  });
  await copyFile(second.certificate, first.certificate);
  await copyFile(second.key, first.key);
  await eventually(() => changed);
  assert.notEqual(await fingerprint(front.port), before);
  assert.match(lines.join(), /a new TLS certificate is in use/);
});

test('TLS 1.2 is the least, and only HTTP/1.1 is spoken in it', async (t) => {
  const { front } = await setUp(t);
  assert.ok(await fingerprint(front.port, 'TLSv1.2'));
  await assert.rejects(fingerprint(front.port, 'TLSv1.1'));
  const socket = connect({
    port: front.port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1', 'h2'],
  });
  await once(socket, 'secureConnect');
  assert.equal(socket.alpnProtocol, 'http/1.1');
  socket.destroy();
});

test('a handshake that does not come, or is none, ends', async (t) => {
  const { front } = await setUp(t, { limits: { tlsHandshakeMs: 30 } });
  for (const words of ['', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n']) {
    const socket = connectPlain({ port: front.port, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.write(words);
    socket.resume();
    await once(socket, 'close');
  }
});

test('a server does not start with a certificate that cannot be used', async () => {
  await using folder = await temporaryFolder();
  const paths = { certificatePath: join(folder.path, 'none.pem'), keyPath: join(folder.path, 'none.key') };
  const options = { ...paths, pollMs: 60_000, log: createLog('silent', () => {}) };
  assert.throws(() => openCertificate(options), /ENOENT/);
  await writeFile(paths.certificatePath, 'x');
  await writeFile(paths.keyPath, 'y');
  assert.throws(() => openCertificate(options), /not a certificate and its private key in PEM form/);
});
