/** Multipart uploads. Parts are sent by whoever shows their progress: here they are signed. */

import { etagIn } from './listings.ts';
import {
  copySourceOf,
  quoted,
  type SystemMetadata,
  systemHeaders,
  type Target,
  type UserMetadata,
  userHeaders,
  type Written,
} from './objects.ts';
import type { Line, Signal, Values } from './request.ts';
import { documentOf, textOf } from './xml.ts';

const createMultipartUpload =
  (line: Line) =>
  async (
    asked: SystemMetadata & {
      readonly bucket: string;
      readonly key: string;
      readonly metadata?: UserMetadata | undefined;
      readonly headers?: Values;
    },
    options?: Signal,
  ): Promise<string> => {
    const { bucket, key } = asked;
    const headers = { ...systemHeaders(asked), ...userHeaders(asked.metadata), ...asked.headers };
    const root = await line.read(
      { operation: 'CreateMultipartUpload', method: 'POST', bucket, key, query: { uploads: '' }, headers },
      options,
    );
    return textOf(root, 'UploadId') ?? '';
  };

const signPart =
  (line: Line) =>
  (
    asked: {
      readonly bucket: string;
      readonly key: string;
      readonly uploadId: string;
      readonly number: number;
      readonly headers?: Values;
    },
    anew?: boolean,
  ) => {
    const { bucket, key, uploadId, number: partNumber, headers = {} } = asked;
    return line.sign(
      { operation: 'UploadPart', method: 'PUT', bucket, key, query: { partNumber, uploadId }, headers },
      anew,
    );
  };

const uploadPartCopy =
  (line: Line) =>
  async (
    asked: {
      readonly bucket: string;
      readonly key: string;
      readonly uploadId: string;
      readonly number: number;
      readonly from: Target;
      /** Bytes from `start` to before `end`. */
      readonly start: number;
      readonly end: number;
      readonly sourceIfMatch?: string | undefined;
    },
    options?: Signal,
  ): Promise<string> => {
    const { bucket, key, uploadId, number: partNumber, from, start, end } = asked;
    const headers = {
      'x-amz-copy-source': copySourceOf(from),
      'x-amz-copy-source-range': `bytes=${start}-${end - 1}`,
      'x-amz-copy-source-if-match': quoted(asked.sourceIfMatch),
    };
    const query = { partNumber, uploadId };
    const root = await line.read({ operation: 'UploadPartCopy', method: 'PUT', bucket, key, query, headers }, options);
    return etagIn(textOf(root, 'ETag'));
  };

const completeMultipartUpload =
  (line: Line) =>
  async (
    asked: {
      readonly bucket: string;
      readonly key: string;
      readonly uploadId: string;
      readonly parts: readonly {
        readonly number: number;
        readonly etag: string;
        readonly crc32c?: string | undefined;
      }[];
      readonly ifAbsent?: boolean;
    },
    options?: Signal,
  ): Promise<Written> => {
    const { bucket, key, uploadId } = asked;
    const parts = asked.parts.map(({ number, etag, crc32c }) => ({
      PartNumber: number,
      ETag: `"${etag}"`,
      ChecksumCRC32C: crc32c,
    }));
    const body = documentOf('CompleteMultipartUpload', { Part: parts });
    const headers = { 'if-none-match': asked.ifAbsent === true ? '*' : undefined };
    const root = await line.read(
      { operation: 'CompleteMultipartUpload', method: 'POST', bucket, key, query: { uploadId }, body, headers },
      options,
    );
    return { etag: etagIn(textOf(root, 'ETag')) };
  };

const abortMultipartUpload =
  (line: Line) =>
  async (
    asked: { readonly bucket: string; readonly key: string; readonly uploadId: string },
    options?: Signal,
  ): Promise<void> => {
    const { bucket, key, uploadId } = asked;
    await line.send({ operation: 'AbortMultipartUpload', method: 'DELETE', bucket, key, query: { uploadId } }, options);
  };

export const createMultipart = (line: Line) => ({
  createMultipartUpload: createMultipartUpload(line),
  signPart: signPart(line),
  uploadPartCopy: uploadPartCopy(line),
  completeMultipartUpload: completeMultipartUpload(line),
  abortMultipartUpload: abortMultipartUpload(line),
});
