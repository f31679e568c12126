/**
 * What the HTTP parser lets through and S3 must not: transfer codings that would make the message end where another
 * server on the way sees no end, or its bytes mean something else than they say. `chunked` is the only one here.
 *
 * Source: RFC 9112 section 6.1. Everything else about framing is refused by Node's strict parser before there is a request.
 */

import type { IncomingMessage } from 'node:http';
import { S3Error } from '../model/errors.ts';

/** Why the connection must end with this request; undefined when its framing is plain. */
export function framingProblem(request: IncomingMessage): S3Error | undefined {
  const coding = request.headers['transfer-encoding'];
  if (coding === undefined || coding.toLowerCase() === 'chunked') return undefined;
  return new S3Error('NotImplemented', 'The only Transfer-Encoding that is implemented is chunked.', {
    fields: { Header: 'Transfer-Encoding' },
  });
}
