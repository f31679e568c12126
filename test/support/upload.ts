/** A multipart upload as a client works on it, for contract tests. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type Answer, type Client, element, md5Hex } from './s3-world.ts';

/** The server's smallest part, so that tests need no megabytes. */
export const PART_MIN = 1000;
export const PARTS = [randomBytes(1000), randomBytes(50_000), randomBytes(7)] as const;
export const WHOLE = Buffer.concat(PARTS);

export const etagOf = (...parts: readonly Uint8Array[]): string =>
  `"${md5Hex(Buffer.concat(parts.map((part) => Buffer.from(md5Hex(part), 'hex'))))}-${parts.length}"`;

export interface Sent {
  readonly number: number;
  readonly etag: string;
  readonly extra?: string;
}

const completion = (parts: readonly Sent[]): string =>
  `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts
    .map(
      ({ number, etag, extra = '' }) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag>${extra}</Part>`,
    )
    .join('')}</CompleteMultipartUpload>`;

export class Upload {
  readonly client: Client;
  readonly at: { readonly bucket: string; readonly key: string };
  readonly uploadId: string;

  constructor(client: Client, at: Upload['at'], uploadId: string) {
    this.client = client;
    this.at = at;
    this.uploadId = uploadId;
  }

  static async begin(client: Client, bucket: string, headers: Readonly<Record<string, string>> = {}): Promise<Upload> {
    const at = { bucket, key: 'key' };
    const answer = await client.send('POST', { ...at, query: { uploads: '' }, headers });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual([element(answer.text, 'Bucket'), element(answer.text, 'Key')], [bucket, 'key']);
    return new Upload(client, at, element(answer.text, 'UploadId') ?? '');
  }

  part(number: number | string, body: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const query = { partNumber: String(number), uploadId: this.uploadId };
    return this.client.send('PUT', { ...this.at, query, body, headers });
  }

  copy(number: number, source: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const query = { partNumber: String(number), uploadId: this.uploadId };
    return this.client.send('PUT', { ...this.at, query, headers: { 'x-amz-copy-source': source, ...headers } });
  }

  /** Uploads all, 1 upwards. */
  async fill(parts: readonly Uint8Array[] = PARTS): Promise<readonly Sent[]> {
    const sent: Sent[] = [];
    for (const [index, body] of parts.entries()) {
      const answer = await this.part(index + 1, body);
      assert.equal(answer.status, 200, answer.text);
      sent.push({ number: index + 1, etag: answer.headers.etag ?? '' });
    }
    return sent;
  }

  complete(parts: readonly Sent[], headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const query = { uploadId: this.uploadId };
    return this.client.send('POST', { ...this.at, query, body: completion(parts), headers });
  }

  list(query: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.client.send('GET', { ...this.at, query: { uploadId: this.uploadId, ...query } });
  }

  abort(client = this.client): Promise<Answer> {
    return client.send('DELETE', { ...this.at, query: { uploadId: this.uploadId } });
  }
}
