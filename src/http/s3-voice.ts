/**
 * How S3's port speaks: request ids, error documents, and a sandbox for what browsers read here.
 *
 * Sources: "Common response headers" and "REST error responses" in the S3 API reference.
 */

import type { Limits } from '../base/limits.ts';
import type { Random } from '../base/random.ts';
import { writeError } from '../wire/documents/error.ts';
import { failureOf } from './failures.ts';
import type { Voice } from './voice.ts';

export interface S3VoiceOptions {
  readonly random: Random;
  readonly limits: Pick<Limits, 'retryAfterMs'>;
  /** Browsers give what is read here an origin of its own, and take it for what its type says. */
  readonly sandbox: boolean;
}

export function createS3Voice({ random, limits, sandbox }: S3VoiceOptions): Voice {
  // Names this process in `x-amz-id-2` and in `HostId`.
  const hostId = random.bytes(24).toString('base64');
  return Object.freeze<Voice>({
    head(requestId, method) {
      const head = ['x-amz-request-id', requestId, 'x-amz-id-2', hostId, 'Server', 'Moraine'];
      if (sandbox && READS.has(method)) head.push(...SANDBOX);
      return head;
    },
    failure: (thrown) => failureOf(thrown, limits),
    reply: ({ code, status, text, fields, headers }, { requestId, resource }) => ({
      status,
      headers: { ...headers, 'Content-Type': 'application/xml' },
      body: writeError({ code, message: text, resource, requestId, hostId, fields }),
    }),
  });
}

/** All that a browser may be made to show: objects, and documents with names that clients chose. */
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);
/**
 * A page that somebody stored must not act as the Console's neighbour (SECURITY rule 31): ports separate origins, but not
 * cookies. Sandboxed, it has no origin at all. https://www.w3.org/TR/CSP3/#directive-sandbox
 */
const SANDBOX = ['Content-Security-Policy', 'sandbox', 'X-Content-Type-Options', 'nosniff'] as const;
