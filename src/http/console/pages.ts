/**
 * What the Console's port serves beside the account API: the app's one page for every address of its own, and its files.
 *
 * The page is filled in for each answer (base path, nonce, policy) and never kept; files are kept, those named by their content
 * for ever. Files may be read by any origin, because the preview's sandbox has none; there is nothing secret in them.
 * Where the app was not built, `setup-page.ts` stands in for it.
 */

import type { Random } from '../../base/random.ts';
import type { Reply } from '../../ops/types.ts';
import type { HeaderFields, S3Request } from '../../wire/request.ts';
import { type PlainReply, plainText } from '../plain-server.ts';
import { type App, type AppFile, ENCODINGS, type Encoding, HASHED } from './app.ts';
import { PREVIEW_POLICY, pagePolicy } from './policy.ts';

export interface PagesOptions {
  /** Undefined where it was not built. */
  readonly app: App | undefined;
  /** What is served then. */
  readonly setup: () => PlainReply;
  /** Path below which the Console is reached, `/` or `/console/`. */
  readonly base: string;
  /** Origins of S3 for whoever asks so. */
  readonly s3: (request: S3Request) => readonly string[];
  readonly random: Random;
}

/** `path` is below the base, and begins with `/`. */
export type Pages = (request: S3Request, path: string) => Reply;

const PREVIEW = '/preview.html';
const NONCE_BYTES = 16;

/** Throws when the built page lacks the places that are filled in. */
export function createPages({ app, setup, base, s3, random }: PagesOptions): Pages {
  const index = app === undefined ? undefined : templateOf(app.index, base);
  return (request, path) => {
    const file = app?.files.get(path);
    if (file !== undefined) return path === PREVIEW ? previewReply(file) : fileReply(file, request.headers);
    if (isFileName(path)) return plainText(404, 'There is no such file here.');
    if (index === undefined) return setup();
    const nonce = random.bytes(NONCE_BYTES).toString('base64');
    return {
      status: 200,
      headers: { ...PAGE_HEADERS, 'Content-Security-Policy': pagePolicy(nonce, s3(request)) },
      body: index(nonce),
    };
  };
}

/** Everything else is an address of the app, whose last part may be a bucket's name, with dots. */
const isFileName = (path: string): boolean => path.startsWith(HASHED) || /^\/[^/]*\.[^/]*$/.test(path);

const PAGE_HEADERS = Object.freeze({
  'Content-Type': 'text/html; charset=utf-8',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
});

/** Addresses of files become absolute: the page is served at many depths, and `<base>` is against its policy. */
function templateOf(html: string, base: string): (nonce: string) => string {
  const based = html
    .replaceAll(/(\s(?:href|src)=")\.\//g, `$1${base}`)
    .replace(/(<meta name="moraine-base" content=")[^"]*/, `$1${base}`);
  const [before, after, ...more] = based.split(/(?<=<meta name="moraine-nonce" content=")[^"]*/);
  if (
    before === undefined ||
    after === undefined ||
    more.length > 0 ||
    !based.includes(`"moraine-base" content="${base}"`)
  )
    throw new Error('the page of the Console that was built has no place for its base and its nonce');
  return (nonce) => `${before}${nonce}${after}`;
}

function previewReply({ type, bytes }: AppFile): Reply {
  const headers = { 'Content-Type': type, 'Content-Security-Policy': PREVIEW_POLICY, 'Referrer-Policy': 'no-referrer' };
  return { status: 200, headers, body: bytes };
}

function fileReply(file: AppFile, asked: HeaderFields): Reply {
  const encoding = ENCODINGS.find((each) => file.encoded.has(each) && accepts(asked, each));
  const etag = `"${file.tag}${encoding === undefined ? '' : `-${encoding}`}"`;
  const headers = {
    ETag: etag,
    'Cache-Control': file.hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    'Access-Control-Allow-Origin': '*',
    'Cross-Origin-Resource-Policy': 'cross-origin',
    ...(file.encoded.size > 0 && { Vary: 'Accept-Encoding' }),
  };
  if (has(asked, etag)) return { status: 304, headers };
  const named = encoding === undefined ? {} : { 'Content-Encoding': encoding };
  const body = encoding === undefined ? file.bytes : file.encoded.get(encoding);
  return { status: 200, headers: { ...headers, 'Content-Type': file.type, ...named }, body: body ?? file.bytes };
}

/** RFC 9110 section 12.5.3, but for weights other than 0: the smaller form is taken. */
function accepts(asked: HeaderFields, encoding: Encoding): boolean {
  const parts = asked.all('accept-encoding').join().toLowerCase().split(',');
  return parts.some((part) => {
    const [name = '', ...parameters] = part.split(';').map((each) => each.trim());
    return name === encoding && !parameters.some((each) => /^q=0(?:\.0*)?$/.test(each));
  });
}

/** RFC 9110 section 13.1.2: weakly compared. */
function has(asked: HeaderFields, etag: string): boolean {
  const tags = asked.all('if-none-match').join().split(',');
  return tags.some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}
