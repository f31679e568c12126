/** Downloads: the browser itself fetches a signed address, so that no file is ever held in the page's memory. */

import type { S3 } from '../../s3/client.ts';
import { nameOf } from './names.ts';

/** A name that no file system and no eye trips over: no path, no controls, no marks of direction. */
export function fileName(key: string): string {
  const clean = nameOf(key)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[\\/:*?"<>|]/g, '_')
    .replace(/^[\s.]+|[\s.]+$/g, '');
  return clean === '' ? 'download' : clean;
}

/** RFC 6266 with RFC 5987: a plain name for old programs and the whole one. */
export function attachment(key: string): string {
  const name = fileName(key);
  const plain = name.replace(/[^\x20-\x7e]|[%"\\]/g, '_');
  const whole = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}

export const downloadUrl = (s3: S3, bucket: string, key: string, versionId?: string): Promise<string> =>
  s3.presign({ bucket, key, versionId, query: { 'response-content-disposition': attachment(key) } });
