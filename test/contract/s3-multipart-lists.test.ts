/** ListParts and ListMultipartUploads, element by element, as the S3 API reference has them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, type Client, element, elements, md5Hex, overEngines } from '../support/s3-world.ts';
import { PART_MIN, Upload } from '../support/upload.ts';

const PART = Buffer.alloc(PART_MIN, 'p');
const ISO_DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.000Z$/;

/** The elements of a document's first level, without those that hold others. */
function leavesOf(xml: string): Readonly<Record<string, string>> {
  const inner = /<\w+ xmlns="[^"]+">(.*)<\/\w+>$/s.exec(xml)?.[1] ?? '';
  const flat = inner.replace(/<(Part|Upload|Initiator|Owner|CommonPrefixes)>.*?<\/\1>/gs, '');
  return Object.fromEntries([...flat.matchAll(/<(\w+)>(.*?)<\/\1>/gs)].map(([, name = '', text = '']) => [name, text]));
}

async function begin(client: Client, bucket: string, key: string): Promise<void> {
  assert.equal((await client.send('POST', { bucket, key, query: { uploads: '' } })).status, 200);
}

const listUploads = (client: Client, bucket: string, query: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  client.send('GET', { bucket, query: { uploads: '', ...query } });

overEngines(
  (world) => {
    test('ListParts says everything of an upload and of each part', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      const upload = await Upload.begin(alice, name, { 'x-amz-storage-class': 'REDUCED_REDUNDANCY' });
      const none = (await upload.list()).text;
      const said = { Bucket: name, Key: 'key', UploadId: upload.uploadId, StorageClass: 'REDUCED_REDUNDANCY' };
      assert.deepEqual(leavesOf(none), {
        ...said,
        ...{ PartNumberMarker: '0', NextPartNumberMarker: '0', MaxParts: '1000', IsTruncated: 'false' },
      });
      await upload.part(2, PART, { 'x-amz-checksum-md5': Buffer.from(md5Hex(PART), 'hex').toString('base64') });
      const one = (await upload.list()).text;
      assert.deepEqual(leavesOf(one), {
        ...said,
        ...{ PartNumberMarker: '0', NextPartNumberMarker: '2', MaxParts: '1000', IsTruncated: 'false' },
      });
      const part = element(one, 'Part') ?? '';
      assert.deepEqual(
        ['PartNumber', 'Size', 'ETag', 'ChecksumMD5'].map((each) => element(part, each)),
        ['2', String(PART.length), `"${md5Hex(PART)}"`, Buffer.from(md5Hex(PART), 'hex').toString('base64')],
      );
      assert.match(element(part, 'LastModified') ?? '', ISO_DATE);
      for (const who of ['Initiator', 'Owner']) {
        assert.equal(element(element(one, who) ?? '', 'ID'), alice.account.canonicalId);
      }
    });

    test('ListParts gives pages of 0 to 1000 parts behind any number', async () => {
      const { alice, bucket } = world();
      const upload = await Upload.begin(alice, await bucket());
      for (const number of [1, 2, 4, 10_000]) await upload.part(number, PART);
      const cases = [
        [{}, ['1', '2', '4', '10000'], { IsTruncated: 'false', NextPartNumberMarker: '10000', MaxParts: '1000' }],
        [{ 'max-parts': '0' }, [], { IsTruncated: 'false', MaxParts: '0' }],
        [{ 'max-parts': '' }, ['1', '2', '4', '10000'], { MaxParts: '1000' }],
        [{ 'max-parts': '4' }, ['1', '2', '4', '10000'], { IsTruncated: 'false', MaxParts: '4' }],
        [{ 'max-parts': '3' }, ['1', '2', '4'], { IsTruncated: 'true', NextPartNumberMarker: '4', MaxParts: '3' }],
        [{ 'max-parts': '5000' }, ['1', '2', '4', '10000'], { IsTruncated: 'false', MaxParts: '1000' }],
        [{ 'part-number-marker': '2' }, ['4', '10000'], { PartNumberMarker: '2', IsTruncated: 'false' }],
        [{ 'part-number-marker': '3', 'max-parts': '1' }, ['4'], { IsTruncated: 'true', NextPartNumberMarker: '4' }],
        [{ 'part-number-marker': '10000' }, [], { IsTruncated: 'false', NextPartNumberMarker: '0' }],
      ] as const;
      for (const [query, numbers, said] of cases) {
        const { text } = await upload.list(query);
        assert.deepEqual(elements(text, 'PartNumber'), numbers, JSON.stringify(query));
        const leaves = leavesOf(text);
        for (const [name, value] of Object.entries(said)) assert.equal(leaves[name], value, JSON.stringify(query));
      }
      for (const query of [{ 'max-parts': '-1' }, { 'max-parts': '1.5' }, { 'part-number-marker': '-1' }]) {
        const answer = await upload.list(query);
        assert.deepEqual([answer.status, answer.code], [400, 'InvalidArgument'], JSON.stringify(query));
        assert.equal(element(answer.text, 'ArgumentName'), Object.keys(query)[0]);
      }
    });

    test('ListMultipartUploads says everything of the page and of each upload', async () => {
      const { alice, bob, bucket } = world();
      const name = await bucket({ 'x-amz-acl': 'public-read-write' });
      const none = await listUploads(alice, name);
      const said = { Bucket: name, KeyMarker: '', UploadIdMarker: '', Prefix: '', MaxUploads: '1000' };
      assert.deepEqual(leavesOf(none.text), { ...said, IsTruncated: 'false' });
      const headers = { 'x-amz-checksum-algorithm': 'CRC32C', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' };
      const upload = await Upload.begin(bob, name, headers);
      const one = await listUploads(alice, name);
      assert.deepEqual(leavesOf(one.text), { ...said, IsTruncated: 'false' });
      const listed = element(one.text, 'Upload') ?? '';
      const leaves = ['Key', 'UploadId', 'StorageClass', 'ChecksumAlgorithm', 'ChecksumType'];
      assert.deepEqual(
        leaves.map((each) => element(listed, each)),
        ['key', upload.uploadId, 'REDUCED_REDUNDANCY', 'CRC32C', 'COMPOSITE'],
      );
      assert.match(element(listed, 'Initiated') ?? '', ISO_DATE);
      for (const who of ['Initiator', 'Owner']) {
        assert.equal(element(element(listed, who) ?? '', 'ID'), bob.account.canonicalId);
      }
    });

    test('ListMultipartUploads tells how to go on, and encodes what it is asked to', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      for (const key of ['ä/b', 'ä+c', 'ä+c']) await begin(alice, name, key);
      const all = await listUploads(alice, name);
      assert.deepEqual(elements(all.text, 'Key'), ['ä+c', 'ä+c', 'ä/b']);
      const [first = '', second = '', third = ''] = elements(all.text, 'UploadId');
      const query = { prefix: 'ä', delimiter: '/', 'max-uploads': '2', 'encoding-type': 'url' };
      const page = leavesOf((await listUploads(alice, name, query)).text);
      const next = { NextKeyMarker: '%C3%A4%2Bc', NextUploadIdMarker: second };
      const said = { Bucket: name, EncodingType: 'url', Prefix: '%C3%A4', Delimiter: '/', MaxUploads: '2' };
      assert.deepEqual(page, { ...said, KeyMarker: '', UploadIdMarker: '', IsTruncated: 'true', ...next });
      const markers = { 'key-marker': 'ä+c', 'upload-id-marker': second };
      const { text } = await listUploads(alice, name, { ...query, ...markers });
      assert.deepEqual(elements(text, 'CommonPrefixes'), ['<Prefix>%C3%A4/</Prefix>']);
      const last = { KeyMarker: '%C3%A4%2Bc', UploadIdMarker: second, IsTruncated: 'false' };
      assert.deepEqual(leavesOf(text), { ...said, ...last });
      const plain = await listUploads(alice, name, { 'key-marker': 'ä+c' });
      assert.deepEqual(elements(plain.text, 'UploadId'), [third], 'without the id, all of that key are passed');
      const between = await listUploads(alice, name, { 'key-marker': 'ä+c', 'upload-id-marker': first });
      assert.deepEqual(elements(between.text, 'UploadId'), [second, third]);
      const ignored = await listUploads(alice, name, { 'upload-id-marker': second });
      assert.deepEqual(elements(ignored.text, 'UploadId').length, 3, 'an id alone marks nothing');
      assert.equal(leavesOf(ignored.text).UploadIdMarker, '');
    });

    test('ListMultipartUploads gives pages of 0 to 1000', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await begin(alice, name, 'a');
      for (const [asked, told, count] of [
        ['0', '0', 0],
        ['1', '1', 1],
        ['', '1000', 1],
        ['2000', '1000', 1],
      ] as const) {
        const { text } = await listUploads(alice, name, { 'max-uploads': asked });
        assert.deepEqual([leavesOf(text).MaxUploads, elements(text, 'UploadId').length], [told, count], asked);
        assert.equal(leavesOf(text).IsTruncated, 'false');
      }
      for (const query of [{ 'max-uploads': '-1' }, { 'max-uploads': 'x' }, { 'encoding-type': 'xml' }]) {
        const answer = await listUploads(alice, name, query);
        assert.deepEqual([answer.status, answer.code], [400, 'InvalidArgument'], JSON.stringify(query));
      }
    });
  },
  { partBytesMin: PART_MIN },
);
