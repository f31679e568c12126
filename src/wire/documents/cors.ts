/**
 * CORSConfiguration, both ways. Sources: PutBucketCors, GetBucketCors and the data type CORSRule in the S3 API reference; the
 * texts of the refusals are S3's own.
 */

import type { Limits } from '../../base/limits.ts';
import { CORS_METHODS, type CorsMethod, type CorsRule } from '../../model/cors.ts';
import { S3Error } from '../../model/errors.ts';
import { integerIn } from '../values.ts';
import { malformedXml, type XmlElement, type XmlLimits } from '../xml.ts';
import { branch, leaf, s3Document } from '../xml-write.ts';
import { Members, readRoot } from './members.ts';

const ROOT = 'CORSConfiguration';
const RULE = 'CORSRule';
const MEMBERS = ['ID', 'AllowedHeader', 'AllowedMethod', 'AllowedOrigin', 'ExposeHeader', 'MaxAgeSeconds'];
/** What S3 keeps as a whole number of seconds. */
const MAX_AGE = 2 ** 31 - 1;
/** A header's name (RFC 9110 section 5.1). `*` is one of its characters. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Throws `MalformedXML`, `InvalidArgument` for an ID, `InvalidRequest` for methods and wildcards that S3 does not take. */
export function readCors(
  bytes: Uint8Array,
  limits: XmlLimits & Pick<Limits, 'corsRules' | 'corsIdLength'>,
): readonly CorsRule[] {
  const elements = new Members(readRoot(bytes, ROOT, limits), [RULE]).all(RULE);
  if (elements.length === 0) throw malformedXml(`${ROOT} must have a ${RULE}`);
  if (elements.length > limits.corsRules) throw malformedXml(`it has more than ${limits.corsRules} rules`);
  return elements.map((element) => readRule(element, limits));
}

function readRule(element: XmlElement, { corsIdLength }: Pick<Limits, 'corsIdLength'>): CorsRule {
  const members = new Members(element, MEMBERS);
  const id = members.text('ID');
  if (id !== undefined && id.length > corsIdLength) {
    throw new S3Error('InvalidArgument', `ID length should not exceed allowed limit of ${corsIdLength}`, {
      fields: { ArgumentName: 'ID' },
    });
  }
  const maxAgeSeconds = readMaxAge(members.text('MaxAgeSeconds'));
  return {
    ...(id !== undefined && { id }),
    allowedOrigins: someOf(members, 'AllowedOrigin').map((text) => pattern('AllowedOrigin', text)),
    allowedMethods: someOf(members, 'AllowedMethod').map(method),
    allowedHeaders: textsOf(members, 'AllowedHeader').map((text) => headerName('AllowedHeader', text)),
    exposeHeaders: textsOf(members, 'ExposeHeader').map(exposed),
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
  };
}

function textsOf(members: Members, name: string): readonly string[] {
  return members.all(name).map(({ children, text }) => {
    if (children.length > 0) throw malformedXml(`${name} must hold text, not elements`);
    return text.trim();
  });
}

function someOf(members: Members, name: string): readonly string[] {
  const texts = textsOf(members, name);
  if (texts.length === 0) throw malformedXml(`${RULE} lacks ${name}`);
  return texts;
}

const invalid = (message: string): S3Error => new S3Error('InvalidRequest', message);

function method(text: string): CorsMethod {
  const known = CORS_METHODS.find((each) => each === text);
  if (known === undefined) {
    throw invalid(`Found unsupported HTTP method in CORS config. Unsupported method is ${text}`);
  }
  return known;
}

function pattern(name: string, text: string): string {
  if (text.indexOf('*') === text.lastIndexOf('*')) return text;
  throw invalid(`${name} "${text}" can not have more than one wildcard.`);
}

function headerName(name: string, text: string): string {
  if (!TOKEN.test(text)) throw invalid(`${name} "${text}" is not the name of a header.`);
  return pattern(name, text);
}

function exposed(text: string): string {
  if (text.includes('*')) {
    throw invalid(`ExposeHeader "${text}" contains wildcard. We currently do not support wildcard for ExposeHeader.`);
  }
  return headerName('ExposeHeader', text);
}

function readMaxAge(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = integerIn(text, 0, MAX_AGE);
  if (seconds === undefined) throw malformedXml('MaxAgeSeconds must be a whole number of seconds');
  return seconds;
}

/** In the order of the operation's response syntax. */
export function writeCors(rules: readonly CorsRule[]): string {
  const content = rules.map(({ id, allowedOrigins, allowedMethods, allowedHeaders, exposeHeaders, maxAgeSeconds }) =>
    branch(
      RULE,
      [
        ...allowedHeaders.map((text) => leaf('AllowedHeader', text)),
        ...allowedMethods.map((text) => leaf('AllowedMethod', text)),
        ...allowedOrigins.map((text) => leaf('AllowedOrigin', text)),
        ...exposeHeaders.map((text) => leaf('ExposeHeader', text)),
        leaf('ID', id),
        leaf('MaxAgeSeconds', maxAgeSeconds),
      ].join(''),
    ),
  );
  return s3Document(ROOT, content.join(''));
}
