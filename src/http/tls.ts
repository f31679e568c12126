/**
 * The certificate: read at start, read again when its files change or on request, never replaced by a worse one.
 *
 * A pair that does not parse or does not belong together (half of a renewal) is logged and the old one stays in use.
 * TLS 1.2 at least. Left out: client certificates, OCSP stapling, several certificates by server name.
 */

import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Log } from '../base/log.ts';

export const TLS_MIN_VERSION = 'TLSv1.2';

export interface KeyPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface Certificate {
  current(): KeyPair;
  /** Called with each new pair that is good. */
  onChange(listener: (pair: KeyPair) => void): void;
  /** Reads the files now. */
  reload(): void;
  /** Ends the watch. */
  close(): void;
}

export interface CertificateOptions {
  readonly certificatePath: string;
  readonly keyPath: string;
  /** How often the files are looked at. Polling, because renewals replace files, links and whole directories. */
  readonly pollMs: number;
  readonly log: Log;
}

/** Throws when the first pair cannot be used: a server without its certificate does not start. */
export function openCertificate(options: CertificateOptions): Certificate {
  const { certificatePath, keyPath, pollMs, log } = options;
  const listeners = new Set<(pair: KeyPair) => void>();
  let stamp = stampOf(options);
  let pair = readPair(options);

  const reload = () => {
    stamp = stampOf(options);
    try {
      const fresh = readPair(options);
      if (fresh.cert.equals(pair.cert) && fresh.key.equals(pair.key)) return;
      pair = fresh;
      for (const listener of listeners) listener(fresh);
      log.info('a new TLS certificate is in use', { certificatePath });
    } catch (error) {
      log.error('the TLS certificate cannot be used, the old one stays', { certificatePath, keyPath }, error);
    }
  };
  const poll = setInterval(() => {
    if (stampOf(options) !== stamp) reload();
  }, pollMs);
  poll.unref();

  return Object.freeze({
    current: () => pair,
    onChange: (listener: (pair: KeyPair) => void) => void listeners.add(listener),
    reload,
    close: () => clearInterval(poll),
  });
}

function readPair({ certificatePath, keyPath }: CertificateOptions): KeyPair {
  const pair = { cert: readFileSync(certificatePath), key: readFileSync(keyPath) };
  try {
    createSecureContext({ ...pair, minVersion: TLS_MIN_VERSION });
  } catch (cause) {
    throw new Error(`${certificatePath} and ${keyPath} are not a certificate and its private key in PEM form`, {
      cause,
    });
  }
  return pair;
}

/** Changes when either file is written or replaced. */
function stampOf({ certificatePath, keyPath }: CertificateOptions): string {
  return [certificatePath, keyPath]
    .map((path) => {
      const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
      return stat === undefined ? 'none' : `${stat.ino}:${stat.mtimeNs}:${stat.size}`;
    })
    .join('|');
}
