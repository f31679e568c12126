/** boto3 in its default configuration: over HTTP with paths, and over HTTPS (trailing checksums) with buckets as host names. */

import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificates } from '../support/certificates.ts';
import { startClientServer } from '../support/client-server.ts';
import { ROOT, temporaryFolder } from '../support/processes.ts';
import { tour } from '../support/tour.ts';

const PROGRAM = [join(ROOT, '.cache/venv/bin/python'), join(ROOT, 'test/clients/python/boto3_tour.py')];
const DOMAIN = 's3.moraine.test';

test('boto3 over HTTP, path style', async (t) => {
  await using server = await startClientServer();
  await tour(t, PROGRAM, server, { endpoint: server.origin, style: 'path' });
});

test('boto3 over HTTPS, virtual-host style', async (t) => {
  await using folder = await temporaryFolder();
  const tls = await makeCertificates(folder.path, [DOMAIN, `*.${DOMAIN}`, '127.0.0.1']);
  await using server = await startClientServer({ tls, hostNames: [DOMAIN] });
  const env = { PYTHONPATH: join(ROOT, 'test/clients/python/names') };
  const endpoint = `https://${DOMAIN}:${server.port}`;
  await tour(t, PROGRAM, server, { endpoint, style: 'virtual', ca: tls.authority, env });
});
