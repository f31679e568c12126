/** A question about access, as addresses and forms have it, and its answer in plain text. Pure. */

import type { AccessAnswer } from '../api/shapes.ts';
import type { Text } from '../text/language.ts';

export interface Question {
  /** Empty: oneself. `anonymous`, or an account's id. */
  readonly principal: string;
  /** S3's name of an operation; as a policy's action (`s3:GetObject`) too. */
  readonly action: string;
  /** `bucket`, or `bucket/key`. */
  readonly resource: string;
  /** A refused request, instead of all that. */
  readonly request: string;
}

export const OPERATIONS = [
  ...['GetObject', 'PutObject', 'DeleteObject', 'CopyObject', 'ListObjectsV2', 'ListObjectVersions'],
  ...['GetObjectAcl', 'PutObjectAcl', 'GetObjectTagging', 'PutObjectTagging', 'GetObjectRetention'],
  ...['PutObjectRetention', 'GetBucketAcl', 'PutBucketAcl', 'GetBucketPolicy', 'PutBucketPolicy'],
  ...['GetBucketCors', 'PutBucketCors', 'PutBucketVersioning', 'ListMultipartUploads', 'DeleteBucket'],
] as const;

/** Actions of policies whose operation is called otherwise. */
const ACTIONS: ReadonlyMap<string, string> = new Map([
  ['ListBucket', 'ListObjectsV2'],
  ['ListBucketVersions', 'ListObjectVersions'],
  ['DeleteObjectVersion', 'DeleteObject'],
  ['GetObjectVersion', 'GetObject'],
]);

export function operationOf(action: string): string {
  const name = action.replace(/^s3:/, '');
  return ACTIONS.get(name) ?? (name === '' ? 'GetObject' : name);
}

/** As the account API is asked; undefined: nothing is asked yet. */
export function askedOf({ principal, action, resource }: Question): Readonly<Record<string, string>> | undefined {
  const path = resource.replace(/^(?:arn:aws:s3:::|s3:\/\/)/, '');
  if (path === '') return undefined;
  const slash = path.indexOf('/');
  const [bucket, key] = slash < 0 ? [path, ''] : [path.slice(0, slash), path.slice(slash + 1)];
  return {
    ...{ operation: operationOf(action), bucket },
    ...(key === '' ? {} : { key }),
    ...(principal === '' ? {} : { as: principal }),
  };
}

export function answerText(answer: AccessAnswer, question: string, text: Text['explain']): string {
  const lines = answer.reasons.map(
    ({ layer, verdict, text: said, decides }, index) =>
      `${index + 1}. ${text.layer[layer] ?? layer}: ${text.verdicts[verdict]}. ${said}${decides ? ` (${text.decides})` : ''}`,
  );
  const remedies =
    answer.remedies.length === 0 ? [] : ['', `${text.remedies}:`, ...answer.remedies.map((one) => `- ${one}`)];
  return [
    question,
    text[answer.answer],
    ...((answer.remark ?? '') ? [answer.remark ?? ''] : []),
    ...lines,
    ...remedies,
  ].join('\n');
}
