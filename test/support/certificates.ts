/** A certificate authority of a test's own and a server certificate by it, made with openssl as an operator would. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { succeed } from './processes.ts';

export interface Certificates {
  /** PEM files. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

const EXTENSIONS = (names: readonly string[]) => `
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = ${names.map((name) => (/^[\d.]+$/.test(name) ? `IP:${name}` : `DNS:${name}`)).join(', ')}
`;

/** Certificates for `names` (host names, wildcards, IPv4 addresses) in `folder`. */
export async function makeCertificates(folder: string, names: readonly string[]): Promise<Certificates> {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => succeed('openssl', args, { cwd: folder });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await writeFile(file('extensions'), EXTENSIONS(names));
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '2',
    '-subj',
    '/CN=Moraine tests',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  await openssl('req', ...newKey, '-subj', '/CN=s3', '-keyout', 'server.key', '-out', 'server.csr');
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'extensions'];
  await openssl('x509', '-req', '-in', 'server.csr', ...signing, '-out', 'server.pem');
  return { authority: file('ca.pem'), certificate: file('server.pem'), key: file('server.key') };
}
