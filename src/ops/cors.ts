/**
 * GetBucketCors, PutBucketCors, DeleteBucketCors, and preflights: what a browser asks with OPTIONS before a page of another
 * origin may send its request.
 *
 * Sources: the three operations in the S3 API reference, "OPTIONS object" of its older edition, and what S3 was seen to answer.
 * A preflight carries no credentials, looks up no key, and says nothing about rights: the request that follows is judged for
 * itself. What stands in the headers of all other answers is in `http/cors.ts`.
 */

import {
  CORS_METHODS,
  type CorsRule,
  corsRulesOf,
  permissionFor,
  platformCorsRules,
  writeCorsRules,
} from '../model/cors.ts';
import { S3Error } from '../model/errors.ts';
import { permissionHeaders, questionOf, requestedMethod } from '../wire/cors.ts';
import { readCors, writeCors } from '../wire/documents/cors.ts';
import { changeBucket, removeDocument, withDocument } from './change.ts';
import { bucketOf } from './commit.ts';
import { XML } from './headers.ts';
import type { Call, Handler } from './types.ts';

export const getBucketCors: Handler = async (call) => {
  const { configuration, name } = bucketOf(call);
  const rules = corsRulesOf(configuration);
  if (rules === undefined) throw new S3Error('NoSuchCORSConfiguration', undefined, { fields: { BucketName: name } });
  return { status: 200, headers: XML, body: writeCors(rules) };
};

export const putBucketCors: Handler = async (call, services) => {
  const { limits } = services;
  const rules = readCors(await call.body.bytes(limits.corsBytes), limits);
  await changeBucket(call, services, (bucket) => ({
    bucket: withDocument(bucket, 'cors', writeCorsRules(rules)),
    details: { rules: `${rules.length}` },
  }));
  return { status: 200, headers: {} };
};

export const deleteBucketCors: Handler = (call, services) => removeDocument(call, services, 'cors');

// --------------------------------------------------------------------------------------------------------- preflights

/** PreflightService, PreflightBucket and PreflightObject. The platform's rules come first, and hold where no bucket is. */
export const preflight: Handler = async (call, { access }) => {
  const { headers } = call.request;
  const question = questionOf(headers, call.request.method);
  if (question === undefined) {
    throw new S3Error('BadRequest', 'Insufficient information. Origin request header needed.');
  }
  const platform = permissionFor(platformCorsRules(access, call.request), question);
  const permission = platform ?? permissionFor(bucketRules(call), question);
  if (permission !== undefined) return { status: 200, headers: permissionHeaders(permission, question) };
  const method = requestedMethod(headers);
  if (!CORS_METHODS.some((each) => each === method)) {
    throw new S3Error('BadRequest', `Invalid Access-Control-Request-Method: ${method ?? 'null'}`);
  }
  throw forbidden(
    call,
    call.request.key === undefined ? 'BUCKET' : 'OBJECT',
    "This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
  );
};

/** Whether a bucket exists is no secret: its configuration answers strangers too. */
function bucketRules(call: Call): readonly CorsRule[] {
  const { bucket } = call.target;
  if (call.request.bucket === undefined) throw forbidden(call, 'SERVICE', 'CORS is not enabled for this service.');
  if (bucket === undefined) throw forbidden(call, 'BUCKET', 'Bucket not found');
  const rules = corsRulesOf(bucket.configuration);
  if (rules === undefined) throw forbidden(call, 'BUCKET', 'CORS is not enabled for this bucket.');
  return rules;
}

const forbidden = ({ request }: Call, resourceType: string, problem: string): S3Error =>
  new S3Error('AccessForbidden', `CORSResponse: ${problem}`, {
    fields: { Method: requestedMethod(request.headers) ?? request.method, ResourceType: resourceType },
  });
