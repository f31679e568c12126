/**
 * Answers that take long: the head goes out, white space keeps the connection open, the document follows.
 *
 * Source: "CompleteMultipartUpload" and "CopyObject" in the S3 API reference: after the 200 an answer "can contain either a
 * success or an error", which S3's SDKs know. The declaration comes first, because XML allows nothing in front of it. What the
 * handler would have put into the head (a version id) is not told then. Left out: white space while a request still arrives.
 */

import type { Reply } from '../ops/types.ts';
import { DECLARATION, withoutDeclaration } from '../wire/xml-write.ts';

/** The answer when it is there in time, otherwise its beginning. `hasArrived`: the client has sent all of its request. */
export async function soonOrLater(answer: Promise<Reply>, afterMs: number, hasArrived: () => boolean): Promise<Reply> {
  // Whoever sends the rest sees how it failed; when the client is gone, nobody does.
  answer.catch(() => {});
  for (;;) {
    const reply = await within(answer, afterMs);
    if (reply !== undefined) return reply;
    if (hasArrived()) return { status: 200, headers: { 'Content-Type': 'application/xml' }, later: answer };
  }
}

/** What goes out for `document`, one space each time it has not come for `everyMs`. Throws as it does. */
export async function* spaced(document: Promise<string>, everyMs: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from(DECLARATION);
  for (;;) {
    const text = await within(document, everyMs);
    if (text !== undefined) return yield Buffer.from(withoutDeclaration(text));
    yield SPACE;
  }
}

const SPACE = Buffer.from(' ');

async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
