/** Requests as `sign/` sees them: parsed, claimed and verified, at AWS's example time unless told otherwise. */

import assert from 'node:assert/strict';
import { LIMITS } from '../../src/base/limits.ts';
import { Secret } from '../../src/base/secret.ts';
import { type ErrorCode, S3Error } from '../../src/model/errors.ts';
import { oneRegion } from '../../src/model/regions.ts';
import { claimOf } from '../../src/sign/claim.ts';
import type { Verified } from '../../src/sign/types.ts';
import { createVerifier } from '../../src/sign/verify.ts';
import { parseRequest, type S3Request } from '../../src/wire/request.ts';
import type { Headers } from './signer.ts';

/** Of AWS's documentation. */
export const EXAMPLE = Object.freeze({
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
});
/** 24 May 2013, 00:00 UTC, as in most of its examples. */
export const EXAMPLE_TIME = Date.UTC(2013, 4, 24);
export const MINUTE = 60_000;

const DOMAINS = ['s3.amazonaws.com', 'us-west-1.s3.amazonaws.com', 's3.us-west-1.amazonaws.com'];

export interface Sent {
  readonly method?: string;
  readonly target: string;
  /** A list when a name occurs twice: name, value, name, value. */
  readonly headers: Headers | readonly string[];
}

export function arrive({ method = 'GET', target, headers }: Sent): S3Request {
  const rawHeaders = Array.isArray(headers) ? headers : Object.entries(headers).flat();
  return parseRequest({ method, target, rawHeaders, remoteAddress: '127.0.0.1', secure: false }, DOMAINS);
}

export interface Circumstances {
  readonly now?: number;
  readonly secret?: string;
  readonly region?: string;
}

/** Fails for an anonymous request: it has nothing to verify. */
export function verify(sent: Sent, circumstances: Circumstances = {}): Verified {
  const { now = EXAMPLE_TIME, secret = EXAMPLE.secretAccessKey, region = 'us-east-1' } = circumstances;
  const request = arrive(sent);
  const claim = claimOf(request);
  assert(claim.kind !== 'anonymous', 'the request has credentials');
  return createVerifier(LIMITS).verify(request, claim, new Secret(secret), { now, regions: oneRegion(region) });
}

/** The refusal with that code. */
export function refusal(code: ErrorCode, act: () => unknown): S3Error {
  try {
    act();
  } catch (error) {
    assert(error instanceof S3Error, `an S3Error, not ${error}`);
    assert.equal(error.code, code, error.message);
    return error;
  }
  return assert.fail(`it must be refused with ${code}`);
}
