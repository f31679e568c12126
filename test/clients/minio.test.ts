/** MinIO's client libraries for Python and JavaScript as they come, over HTTP and over HTTPS. */

import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificates } from '../support/certificates.ts';
import { startClientServer } from '../support/client-server.ts';
import { ROOT, temporaryFolder } from '../support/processes.ts';
import { tour } from '../support/tour.ts';

const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  Python: [join(ROOT, '.cache/venv/bin/python'), join(ROOT, 'test/clients/python/minio_tour.py')],
  JavaScript: [process.execPath, join(ROOT, 'test/clients/js/minio.mjs')],
};

test('over HTTP', async (t) => {
  await using server = await startClientServer();
  for (const [language, program] of Object.entries(PROGRAMS)) {
    await t.test(`MinIO's library for ${language}`, (inner) =>
      tour(inner, program, server, { endpoint: server.origin, style: 'path' }),
    );
  }
});

test('over HTTPS', async (t) => {
  await using folder = await temporaryFolder();
  const tls = await makeCertificates(folder.path, ['127.0.0.1']);
  await using server = await startClientServer({ tls });
  const env = { SSL_CERT_FILE: tls.authority, NODE_EXTRA_CA_CERTS: tls.authority };
  for (const [language, program] of Object.entries(PROGRAMS)) {
    await t.test(`MinIO's library for ${language}`, (inner) =>
      tour(inner, program, server, { endpoint: server.origin, style: 'path', ca: tls.authority, env }),
    );
  }
});
