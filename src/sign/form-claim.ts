/**
 * Who a browser's form says it is: nobody, or the owner of an access key who signed its policy, by signature V2 or V4.
 *
 * Any trace of credentials among the fields means that they must be whole (SECURITY rules 1 and 2); a policy is one of them.
 * Sources: "Authenticating Requests: Browser-Based Uploads Using POST" and "HTML forms (AWS signature version 2)". Codes and
 * texts are what S3 answers, which names fields as its documentation writes them.
 */

import { accessKeyIdProblem } from '../model/credentials.ts';
import { S3Error } from '../model/errors.ts';
import { type FormValues, missingField } from '../wire/form.ts';
import { scopeOf } from './claim.ts';
import { parseTimestamp } from './times.ts';
import type { AnonymousClaim, FormClaim } from './types.ts';
import { ALGORITHM } from './v4.ts';

const TOKEN = 'x-amz-security-token';
const V4_FIELDS = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Signature'] as const;
const V2_FIELDS = ['AWSAccessKeyId', 'Signature'] as const;
const POLICY = 'Policy';

const ANONYMOUS: AnonymousClaim = Object.freeze({ kind: 'anonymous' });

/** Fields that say who sends the form, in lower case. They are no headers of the object. */
export const FORM_CREDENTIALS: ReadonlySet<string> = new Set(
  [...V4_FIELDS, ...V2_FIELDS, POLICY, TOKEN].map((name) => name.toLowerCase()),
);

/** Throws `InvalidArgument` for a field that is missing or malformed, `AccessDenied` for a policy that nobody signed. */
export function formClaimOf(fields: FormValues): AnonymousClaim | FormClaim {
  const has = (name: string): boolean => fields.has(name.toLowerCase());
  const [isV4, isV2] = [V4_FIELDS.some(has), V2_FIELDS.some(has)];
  if (isV4 && isV2) {
    throw argument(
      'Signature',
      'Only one auth mechanism allowed: the form has fields of signature version 2 and of version 4.',
    );
  }
  if (!isV4 && !isV2) {
    if (!has(POLICY) && !has(TOKEN)) return ANONYMOUS;
    throw new S3Error(
      'AccessDenied',
      'The form has a policy or a session token, but no signature. Sign its policy, or send neither.',
    );
  }
  const claim = isV4 ? v4Form(fields) : v2Form(fields);
  if (accessKeyIdProblem(claim.accessKeyId) !== undefined) {
    throw new S3Error('InvalidAccessKeyId', undefined, { fields: { AWSAccessKeyId: claim.accessKeyId } });
  }
  const token = fields.get(TOKEN);
  if (token === '') throw new S3Error('InvalidToken', `The field ${TOKEN} is empty.`);
  return token === undefined ? claim : { ...claim, token };
}

function v2Form(fields: FormValues): FormClaim {
  const [accessKeyId, signature] = V2_FIELDS.map((name) => required(fields, name));
  return {
    ...{ kind: 'form', version: 'v2', policy: required(fields, POLICY) },
    ...{ accessKeyId: accessKeyId ?? '', signature: signature ?? '' },
  };
}

function v4Form(fields: FormValues): FormClaim {
  const [algorithm = '', credential = '', timestamp = '', signature = ''] = V4_FIELDS.map((name) =>
    required(fields, name),
  );
  const policy = required(fields, POLICY);
  if (algorithm !== ALGORITHM)
    throw argument('X-Amz-Algorithm', `X-Amz-Algorithm only supports "${ALGORITHM}"`, algorithm);
  const scope = scopeOf(credential, (problem) => argument('X-Amz-Credential', `${problem}.`, credential));
  if (parseTimestamp(timestamp) === undefined) {
    throw argument('X-Amz-Date', 'X-Amz-Date must be formatted via ISO8601 Long format: yyyyMMddTHHmmssZ.', timestamp);
  }
  if (timestamp.slice(0, 8) !== scope.date) {
    throw argument('X-Amz-Date', `X-Amz-Date must be of the day in X-Amz-Credential, "${scope.date}".`, timestamp);
  }
  const { accessKeyId, ...place } = scope;
  return { kind: 'form', version: 'v4', policy, accessKeyId, signature, scope: place, timestamp };
}

function required(fields: FormValues, name: string): string {
  const value = fields.get(name.toLowerCase());
  if (value === undefined || value === '') throw missingField(name);
  return value;
}

const argument = (name: string, message: string, value = ''): S3Error =>
  new S3Error('InvalidArgument', message, { fields: { ArgumentName: name, ArgumentValue: value } });
