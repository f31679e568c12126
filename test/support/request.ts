/** A request as the pipeline parses it, from method, target and headers. Path style, host `localhost`. */

import { parseRequest, type S3Request } from '../../src/wire/request.ts';

export function requestOf(method: string, target: string, headers: Readonly<Record<string, string>> = {}): S3Request {
  const rawHeaders = Object.entries({ host: 'localhost', ...headers }).flat();
  return parseRequest({ method, target, rawHeaders, remoteAddress: '127.0.0.1', secure: false }, ['localhost']);
}
