/** Checksums of S3's ten algorithms: verified before anything is stored, kept, and told wherever S3 tells them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, checksumHeader, loadChecksums } from '../../src/base/checksum.ts';
import { type Answer, answerOf, element, elements, overEngines, type Send, type World } from '../support/s3-world.ts';
import { hostOf, presignV4, rawRequest, signV4Chunked, signV4Unsigned, targetOf } from '../support/signer.ts';
import { PART_MIN, PARTS, Upload, WHOLE } from '../support/upload.ts';

/** `test/unit/checksum.test.ts` holds them to their catalogues. */
const checksums = await loadChecksums();
const sumOf = (algorithm: ChecksumAlgorithm, data: string | Uint8Array): string =>
  checksums.of(algorithm, Buffer.from(data)).toString('base64');

const CRCS: readonly ChecksumAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME'];
const TOLD = { 'x-amz-checksum-mode': 'ENABLED' };

/** Puts `body` with the checksum in a trailer. */
async function putTrailing(
  { alice, server }: World,
  at: Required<Pick<Send, 'bucket' | 'key'>>,
  { sign, body, trailers }: { sign: typeof signV4Chunked; body: string; trailers: Readonly<Record<string, string>> },
): Promise<Answer> {
  const { origin } = server;
  const target = targetOf(at.bucket, at.key);
  const headers = { host: hostOf(origin) };
  const { credentials } = alice;
  const signed = sign({ credentials, method: 'PUT', target, headers, body: Buffer.from(body), trailers });
  return answerOf(await rawRequest({ origin, method: 'PUT', target, ...signed }));
}

/** Sends `body` to an address that was signed with these parameters. */
async function sendPresigned(
  { alice, server: { origin } }: World,
  target: string,
  { parameters, body }: { parameters: Readonly<Record<string, string>>; body: string },
): Promise<Answer> {
  const { credentials } = alice;
  const headers = { host: hostOf(origin) };
  const presigned = presignV4({ credentials, method: 'PUT', target, headers, parameters });
  return answerOf(await rawRequest({ origin, method: 'PUT', target: presigned, body: Buffer.from(body) }));
}

overEngines(
  (world) => {
    test('each algorithm: verified, kept, told to those who ask; a wrong one changes nothing', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      for (const algorithm of CHECKSUM_ALGORITHMS) {
        const header = checksumHeader(algorithm);
        const value = sumOf(algorithm, '123456789');
        const put = await alice.put(name, algorithm, '123456789', { [header]: value });
        assert.deepEqual([put.status, put.headers[header]], [200, value], put.text);
        assert.equal(put.headers['x-amz-checksum-type'], 'FULL_OBJECT');
        const wrong = await alice.put(name, algorithm, 'other', { [header]: value });
        assert.deepEqual([wrong.status, wrong.code], [400, 'BadDigest'], algorithm);
        const spelt = await alice.put(name, algorithm, 'other', { [header]: `${value}A` });
        assert.deepEqual([spelt.status, spelt.code], [400, 'InvalidRequest'], algorithm);
        for (const answer of [await alice.get(name, algorithm, TOLD), await alice.head(name, algorithm, TOLD)]) {
          assert.equal(answer.headers[header], value, algorithm);
          assert.equal(answer.headers['x-amz-checksum-type'], 'FULL_OBJECT');
        }
        assert.equal((await alice.get(name, algorithm)).headers[header], undefined);
        assert.equal((await alice.get(name, algorithm)).text, '123456789');
      }
      const list = (await alice.send('GET', { bucket: name, query: { 'list-type': '2' } })).text;
      assert.deepEqual(elements(list, 'ChecksumAlgorithm'), [...CHECKSUM_ALGORITHMS].sort());
      assert.deepEqual(new Set(elements(list, 'ChecksumType')), new Set(['FULL_OBJECT']));
    });

    test('each algorithm in a trailer, of a body with signed chunks and of one without', async () => {
      const name = await world().bucket();
      const at = { bucket: name, key: 'key' };
      for (const algorithm of CHECKSUM_ALGORITHMS) {
        const header = checksumHeader(algorithm);
        for (const sign of [signV4Chunked, signV4Unsigned]) {
          const body = `${algorithm} ${sign.name}`;
          const trailers = { [header]: sumOf(algorithm, body) };
          const put = await putTrailing(world(), at, { sign, body, trailers });
          assert.deepEqual([put.status, put.headers[header]], [200, trailers[header]], put.text);
          const wrong = await putTrailing(world(), at, { sign, body: 'other', trailers });
          assert.deepEqual([wrong.status, wrong.code], [400, 'BadDigest'], body);
          assert.equal((await world().alice.get(name, 'key')).text, body);
        }
      }
    });

    test('each algorithm on a copy: the one of the source, or another that is asked for', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await alice.put(name, 'source', WHOLE, { 'x-amz-checksum-md5': sumOf('MD5', WHOLE) });
      const copy = (headers: Readonly<Record<string, string>>) =>
        alice.send('PUT', {
          bucket: name,
          key: 'copy',
          headers: { 'x-amz-copy-source': `${name}/source`, ...headers },
        });
      assert.equal(element((await copy({})).text, 'ChecksumMD5'), sumOf('MD5', WHOLE));
      for (const algorithm of CHECKSUM_ALGORITHMS) {
        const answer = await copy({ 'x-amz-checksum-algorithm': algorithm });
        assert.equal(element(answer.text, `Checksum${algorithm}`), sumOf(algorithm, WHOLE), answer.text);
        assert.equal(element(answer.text, 'ChecksumType'), 'FULL_OBJECT');
        const head = await alice.head(name, 'copy', TOLD);
        assert.equal(head.headers[checksumHeader(algorithm)], sumOf(algorithm, WHOLE));
      }
    });

    test('each algorithm of an upload: of its parts, of the whole as S3 builds it by default, wherever it is told', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      for (const algorithm of CHECKSUM_ALGORITHMS) {
        const header = checksumHeader(algorithm);
        const type = algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
        const begun = await alice.send('POST', {
          ...{ bucket: name, key: 'key', query: { uploads: '' } },
          headers: { 'x-amz-checksum-algorithm': algorithm },
        });
        assert.equal(begun.headers['x-amz-checksum-algorithm'], algorithm);
        assert.equal(begun.headers['x-amz-checksum-type'], type);
        const upload = new Upload(alice, { bucket: name, key: 'key' }, element(begun.text, 'UploadId') ?? '');
        const sums = PARTS.map((part) => sumOf(algorithm, part));
        const sent = [];
        for (const [index, part] of PARTS.entries()) {
          const answer = await upload.part(index + 1, part, { [header]: sums[index] ?? '' });
          assert.deepEqual([answer.status, answer.headers[header]], [200, sums[index]], answer.text);
          const extra = `<Checksum${algorithm}>${sums[index]}</Checksum${algorithm}>`;
          sent.push({ number: index + 1, etag: answer.headers.etag ?? '', extra });
        }
        const listed = (await upload.list()).text;
        assert.deepEqual(elements(listed, `Checksum${algorithm}`), sums);
        assert.deepEqual([element(listed, 'ChecksumAlgorithm'), element(listed, 'ChecksumType')], [algorithm, type]);
        const uploads = (await alice.send('GET', { bucket: name, query: { uploads: '' } })).text;
        assert.deepEqual([element(uploads, 'ChecksumAlgorithm'), element(uploads, 'ChecksumType')], [algorithm, type]);
        const composite = sumOf(algorithm, Buffer.concat(sums.map((sum) => Buffer.from(sum, 'base64'))));
        const whole = type === 'COMPOSITE' ? `${composite}-${PARTS.length}` : sumOf(algorithm, WHOLE);
        const cut = await upload.complete(sent, { [header]: 'AA==' });
        assert.deepEqual([cut.status, cut.code], [400, 'InvalidRequest']);
        assert.equal((await upload.complete(sent, { [header]: sumOf(algorithm, 'other') })).code, 'BadDigest');
        const done = await upload.complete(sent, { [header]: whole, 'x-amz-checksum-type': type });
        assert.equal(element(done.text, `Checksum${algorithm}`), whole, done.text);
        assert.equal(element(done.text, 'ChecksumType'), type);
        const head = await alice.head(name, 'key', TOLD);
        assert.deepEqual([head.headers[header], head.headers['x-amz-checksum-type']], [whole, type]);
        const from = { 'x-amz-copy-source': `${name}/key` };
        const kept = await alice.put(name, 'copy', '', from);
        assert.equal(element(kept.text, `Checksum${algorithm}`), whole);
        const asked = await alice.put(name, 'copy', '', { ...from, 'x-amz-checksum-algorithm': algorithm });
        assert.equal(element(asked.text, `Checksum${algorithm}`), sumOf(algorithm, WHOLE), 'of all bytes');
        assert.equal(element(asked.text, 'ChecksumType'), 'FULL_OBJECT');
        const query = { partNumber: '2' };
        const second = await alice.send('GET', { bucket: name, key: 'key', query, headers: TOLD });
        assert.equal(second.headers[header], type === 'COMPOSITE' ? sums[1] : undefined);
      }
    });

    test('only CRCs can be the checksum of a whole upload, and CRC64NVME only that', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      for (const algorithm of CHECKSUM_ALGORITHMS) {
        for (const type of ['FULL_OBJECT', 'COMPOSITE'] as const) {
          const headers = { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': type };
          const answer = await alice.send('POST', { bucket: name, key: 'key', query: { uploads: '' }, headers });
          const admitted = type === 'FULL_OBJECT' ? CRCS.includes(algorithm) : algorithm !== 'CRC64NVME';
          assert.equal(answer.code, admitted ? undefined : 'InvalidRequest', `${algorithm} ${type}`);
        }
      }
      const headers = { 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'BOTH' };
      const answer = await alice.send('POST', { bucket: name, key: 'key', query: { uploads: '' }, headers });
      assert.deepEqual(
        [answer.code, element(answer.text, 'Message')],
        ['InvalidRequest', 'Value for x-amz-checksum-type header is invalid.'],
      );
    });

    test('x-amz-sdk-checksum-algorithm names the checksum that comes along, and nothing without one', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      const sum = { 'x-amz-checksum-xxhash64': sumOf('XXHASH64', 'body') };
      const put = (headers: Readonly<Record<string, string>>) => alice.put(name, 'key', 'body', headers);
      assert.equal((await put({ 'x-amz-sdk-checksum-algorithm': 'XXHASH64', ...sum })).status, 200);
      assert.equal((await put({ 'x-amz-sdk-checksum-algorithm': 'XXHASH3', ...sum })).code, 'InvalidRequest');
      assert.equal((await put({ 'x-amz-sdk-checksum-algorithm': 'XXHASH64' })).code, 'InvalidRequest');
      assert.equal((await put({ 'x-amz-checksum-crc32': sumOf('CRC32', 'body'), ...sum })).code, 'InvalidRequest');
      assert.equal((await put({ 'x-amz-checksum-crc16': 'AAA=' })).code, 'NotImplemented');
    });

    test('Content-MD5 and checksums are held to parts and documents as to objects', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await alice.put(name, 'key', 'body');
      const upload = await Upload.begin(alice, name);
      const body = '<Delete><Object><Key>key</Key></Object></Delete>';
      const ways = [
        (headers: Readonly<Record<string, string>>) => upload.part(1, PARTS[0], headers),
        (headers: Readonly<Record<string, string>>) =>
          alice.send('POST', { bucket: name, query: { delete: '' }, body, headers }),
      ];
      for (const way of ways) {
        const codes = [];
        for (const headers of [
          { 'content-md5': sumOf('MD5', 'other') },
          { 'content-md5': 'x' },
          { 'x-amz-checksum-sha512': sumOf('SHA512', 'other') },
        ]) {
          codes.push((await way(headers)).code);
        }
        assert.deepEqual(codes, ['BadDigest', 'InvalidDigest', 'BadDigest']);
      }
      assert.deepEqual(elements((await upload.list()).text, 'Part'), []);
      assert.equal((await alice.get(name, 'key')).text, 'body');
      assert.equal((await ways[1]?.({ 'content-md5': sumOf('MD5', body) }))?.status, 200);
      assert.equal((await alice.head(name, 'key')).status, 404);
    });

    test('a presigned put with the checksum of an empty body is refused with what to change, unless the body is empty', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      const target = targetOf(name, 'key');
      for (const algorithm of CHECKSUM_ALGORITHMS) {
        const parameters = {
          [checksumHeader(algorithm)]: sumOf(algorithm, ''),
          'x-amz-sdk-checksum-algorithm': algorithm,
        };
        const refused = await sendPresigned(world(), target, { parameters, body: 'a real body' });
        assert.deepEqual([refused.status, refused.code], [400, 'BadDigest'], algorithm);
        const message = element(refused.text, 'Message') ?? '';
        assert.match(message, /empty body.*11 bytes.*requestChecksumCalculation: "WHEN_REQUIRED"/, message);
        assert.equal((await alice.head(name, 'key')).status, 404);
        assert.equal((await sendPresigned(world(), target, { parameters, body: '' })).status, 200);
        const head = await alice.head(name, 'key', TOLD);
        assert.equal(head.headers[checksumHeader(algorithm)], sumOf(algorithm, ''));
        await alice.delete(name, 'key');
      }
      const upload = await Upload.begin(alice, name);
      const part = targetOf(name, 'key', { uploadId: upload.uploadId, partNumber: '1' });
      const parameters = { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-sdk-checksum-algorithm': 'CRC32' };
      const refused = await sendPresigned(world(), part, { parameters, body: 'x' });
      assert.match(element(refused.text, 'Message') ?? '', /WHEN_REQUIRED/);
    });

    test('a checksum signed into an address holds for the body that is sent there', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      const target = targetOf(name, 'key');
      const parameters = { 'x-amz-checksum-sha256': sumOf('SHA256', 'agreed') };
      const other = await sendPresigned(world(), target, { parameters, body: 'other' });
      assert.equal(other.code, 'BadDigest');
      assert.doesNotMatch(other.text, /WHEN_REQUIRED/);
      assert.equal((await sendPresigned(world(), target, { parameters, body: 'agreed' })).status, 200);
      assert.equal((await alice.get(name, 'key')).text, 'agreed');
      // Four bytes whose CRC-32 is that of nothing.
      const zero = Buffer.from([0x9d, 0x0a, 0xd9, 0x6d]);
      assert.equal(sumOf('CRC32', zero), 'AAAAAA==');
      const put = await alice.put(name, 'key', zero, { 'x-amz-checksum-crc32': 'AAAAAA==' });
      assert.equal(put.status, 200, put.text);
    });
  },
  { partBytesMin: PART_MIN },
);
