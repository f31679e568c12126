/** The AWS SDK for JavaScript v3 as it comes: over HTTP with paths, and over HTTPS with buckets as host names. */

import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificates } from '../support/certificates.ts';
import { startClientServer } from '../support/client-server.ts';
import { ROOT, temporaryFolder } from '../support/processes.ts';
import { tour } from '../support/tour.ts';

const PROGRAM = [process.execPath, join(ROOT, 'test/clients/js/tour.mjs')];
const DOMAIN = 's3.moraine.test';

test('the AWS SDK for JavaScript over HTTP, path style', async (t) => {
  await using server = await startClientServer();
  await tour(t, PROGRAM, server, { endpoint: server.origin, style: 'path' });
});

test('the AWS SDK for JavaScript over HTTPS, virtual-host style', async (t) => {
  await using folder = await temporaryFolder();
  const tls = await makeCertificates(folder.path, [DOMAIN, `*.${DOMAIN}`, '127.0.0.1']);
  await using server = await startClientServer({ tls, hostNames: [DOMAIN] });
  await tour(t, PROGRAM, server, { endpoint: `https://${DOMAIN}:${server.port}`, style: 'virtual', ca: tls.authority });
});
