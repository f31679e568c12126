/** Forms as bytes: what is none, what is cut short, how much a form may have beside its file, and that the file is never held. */

import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { configured, PAGE } from '../support/cors.ts';
import { BOUNDARY, formOf, type SentForm, signFormV4 } from '../support/form.ts';
import { type Answer, digest, element, header, md5Base64, md5Hex, overEngines } from '../support/s3-world.ts';
import { type Headers, rawRequest, targetOf } from '../support/signer.ts';

const FILE = { content: '0123456789' };

overEngines((world) => {
  const post = (bucket: string, form: SentForm): Promise<Answer> =>
    world().nobody.send('POST', { bucket, headers: form.headers, body: form.body });

  const says = (answer: Answer) => [answer.status, answer.code, element(answer.text, 'Message')];

  const open = (): Promise<string> => world().bucket({ 'x-amz-acl': 'public-read-write' });

  /** Nothing was stored under the key that all of these forms name. */
  async function refused(bucket: string, form: SentForm, code: string, message?: RegExp): Promise<Answer> {
    const answer = await post(bucket, form);
    assert.equal(answer.code, code, answer.text);
    if (message !== undefined) assert.match(element(answer.text, 'Message') ?? '', message);
    assert.equal((await world().alice.get(bucket, 'k')).code, 'NoSuchKey');
    return answer;
  }

  test('what is no form is refused before anything is read of it', async () => {
    const { nobody, server } = world();
    const name = await world().bucket({ 'x-amz-acl': 'public-read-write' });
    const { body } = formOf([['key', 'k']], FILE);
    for (const [type, status, code] of [
      ['application/x-www-form-urlencoded', 412, 'PreconditionFailed'],
      ['text/html', 412, 'PreconditionFailed'],
      [undefined, 412, 'PreconditionFailed'],
      ['multipart/form-data', 400, 'MalformedPOSTRequest'],
      ['multipart/form-data; boundary=', 400, 'MalformedPOSTRequest'],
      [`multipart/form-data; boundary=${'x'.repeat(71)}`, 400, 'MalformedPOSTRequest'],
    ] as const) {
      const answer = await nobody.send('POST', {
        bucket: name,
        headers: type === undefined ? {} : { 'content-type': type },
        body,
      });
      assert.deepEqual([answer.status, answer.code], [status, code], type ?? 'none');
    }
    const onKey = await nobody.send('POST', { bucket: name, key: 'k', ...formOf([['key', 'k']], FILE) });
    assert.deepEqual([onKey.status, onKey.code], [405, 'MethodNotAllowed']);
    const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'transfer-encoding': 'chunked' };
    const chunked = await rawRequest({ origin: server.origin, method: 'POST', target: targetOf(name), headers, body });
    assert.equal(chunked.status, 411);
    assert.deepEqual(says(await nobody.send('POST', { bucket: name, ...formOf([['key', 'k']]) })), [
      400,
      'InvalidArgument',
      'POST requires exactly one file upload per request.',
    ]);
    await refused(name, formOf([['key', '']], FILE), 'UserKeyMustBeSpecified');
    await refused(name, formOf([['key', 'k'.repeat(1025)]], FILE), 'KeyTooLongError');
  });

  test('a form that is cut short or misframed stores nothing', async () => {
    const { alice } = world();
    const name = await world().bucket({ 'x-amz-acl': 'public-read-write' });
    const { headers, body } = formOf([['key', 'k']], FILE);
    for (let length = 0; length < body.length - 4; length += 7) {
      const answer = await post(name, { headers, body: body.subarray(0, length) });
      assert.equal(answer.code, 'MalformedPOSTRequest', `${length}: ${answer.text}`);
    }
    const text = body.toString();
    for (const [from, to] of [
      ['form-data; name="key"', 'form-data'],
      ['form-data; name="key"', 'attachment; name="key"'],
      ['Content-Disposition: form-data; name="key"', 'X-Nothing: here'],
      ['name="key"\r\n', 'name="key"\r\nno header\r\n'],
      ['name="key"\r\n', 'name="key"\r\nContent-Transfer-Encoding: base64\r\n'],
      ['name="key"', 'name="key"; name="other"'],
      ['name="key"', 'name="key'],
      [`--${BOUNDARY}\r\n`, `--${BOUNDARY}x\r\n`],
    ] as const) {
      const answer = await post(name, { headers, body: Buffer.from(text.replace(from, to)) });
      assert.deepEqual([answer.status, answer.code], [400, 'MalformedPOSTRequest'], to);
    }
    const latin = Buffer.from(text.replace('\r\nk\r\n', '\r\n\xfc\r\n'), 'latin1');
    assert.equal((await post(name, { headers, body: latin })).code, 'MalformedPOSTRequest');
    assert.equal((await alice.get(name, 'k')).code, 'NoSuchKey');
  });

  test('what the head says of the form’s bytes is held against them, and what it says of the request counts', async () => {
    const { nobody, alice } = world();
    const name = await open();
    const form = formOf([['key', 'k']], FILE);
    const send = (headers: Headers): Promise<Answer> =>
      nobody.send('POST', { bucket: name, body: form.body, headers: { ...form.headers, ...headers } });
    for (const [headers, code] of [
      [{ 'content-md5': md5Base64('another form') }, 'BadDigest'],
      [{ 'x-amz-checksum-sha256': digest('sha256', 'another form') }, 'BadDigest'],
      [{ 'x-amz-content-sha256': '0'.repeat(64) }, 'XAmzContentSHA256Mismatch'],
      [{ 'x-amz-expected-bucket-owner': 'somebody' }, 'AccessDenied'],
      [{ 'if-none-match': '*' }, 'NotImplemented'],
      [{ 'x-amz-tagging': 'a=b' }, 'NotImplemented'],
      [{ 'x-amz-acl': 'public-read' }, 'InvalidArgument'],
      [{ 'x-amz-meta-a': 'b' }, 'InvalidArgument'],
    ] as const) {
      assert.equal((await send(headers)).code, code, JSON.stringify(headers));
      assert.equal((await alice.get(name, 'k')).code, 'NoSuchKey');
    }
    const right = {
      'content-md5': md5Base64(form.body),
      'x-amz-checksum-sha256': digest('sha256', form.body),
      'x-amz-expected-bucket-owner': alice.account.id,
    };
    assert.equal((await send(right)).status, 204);
  });

  test('a form may have 20 KiB beside its file, and not a byte more', async () => {
    const name = await world().bucket({ 'x-amz-acl': 'public-read-write' });
    const filled = (length: number): SentForm =>
      formOf(
        [
          ['key', 'k'],
          ['x-ignore', 'x'.repeat(length)],
        ],
        FILE,
      );
    const rest = 20 * 1024 - (filled(0).body.length - FILE.content.length);
    const answer = await refused(name, filled(rest + 1), 'MaxPostPreDataLengthExceeded');
    assert.deepEqual([answer.status, element(answer.text, 'MaxPostPreDataLengthBytes')], [400, '20480']);
    const renamed = formOf(
      [
        ['key', 'k'],
        ['upload"; filename="big.bin', 'x'.repeat(100_000)],
      ],
      FILE,
    );
    await refused(name, renamed, 'MaxPostPreDataLengthExceeded', /named "file"/);
    assert.equal((await post(name, filled(rest))).status, 204);
  });

  /** Sends the form as far as the middle of its file; `rest` sends what is left. */
  async function begin(bucket: string, form: SentForm) {
    const { server } = world();
    const { host, port } = server;
    const headers = { ...form.headers, 'content-length': String(form.body.length) };
    const request = http.request({ host, port, method: 'POST', path: targetOf(bucket), headers, agent: false });
    request.on('error', () => {});
    const half = Math.floor(form.body.length / 2);
    await new Promise((sent) => request.write(form.body.subarray(0, half), sent));
    return { request, rest: form.body.subarray(half) };
  }

  const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

  test('the file is on its way to the engine before the form has come to its end', async () => {
    const { server, alice } = world();
    const name = await open();
    const content = Buffer.alloc(2_000_000, 'moraine');
    const fields = [['key', 'k'] as const, ['acl', 'bucket-owner-full-control'] as const];
    server.engine.reset();
    const { request, rest } = await begin(name, formOf(fields, { content }));
    while (server.engine.counts()['blobs.write'] === undefined) await soon();
    const answered = new Promise<http.IncomingMessage>((resolve) => request.on('response', resolve));
    request.end(rest);
    assert.equal((await answered).statusCode, 204);
    assert.deepEqual(server.engine.counts(), { 'rows.getTarget': 1, 'blobs.write': 1, 'rows.commit': 1 });
    assert.equal(header(await alice.head(name, 'k'), 'etag'), `"${md5Hex(content)}"`);
  });

  test('a form whose connection breaks in its file leaves the object before it', async () => {
    const { server, alice } = world();
    const name = await open();
    await alice.put(name, 'k', 'before');
    const before = server.records().length;
    const { request } = await begin(name, formOf([['key', 'k']], { content: Buffer.alloc(500_000) }));
    request.destroy();
    while (server.records().length === before) await soon();
    assert.equal((await alice.get(name, 'k')).text, 'before');
  });

  test('a form that its head forbids is refused before the browser sends it', async () => {
    const { server } = world();
    const name = await open();
    const form = formOf([['key', 'k']], FILE);
    const huge = String(6 * 1024 ** 4);
    for (const [headers, status, continued] of [
      [{ ...form.headers, 'content-length': String(form.body.length) }, 204, true],
      [{ ...form.headers, 'content-length': huge }, 400, false],
      [{ 'content-type': 'text/plain', 'content-length': String(form.body.length) }, 412, false],
    ] as const) {
      const { host, port } = server;
      const sent = { ...headers, expect: '100-continue' };
      const request = http.request({ host, port, method: 'POST', path: targetOf(name), headers: sent, agent: false });
      request.on('error', () => {});
      let told = false;
      request.on('continue', () => {
        told = true;
        request.end(form.body);
      });
      request.flushHeaders();
      const answer = await new Promise<http.IncomingMessage>((resolve) => request.on('response', resolve));
      assert.deepEqual([answer.statusCode, told], [status, continued]);
      request.destroy();
    }
  });

  test('a page of an allowed origin sees what its form was answered, failures too', async () => {
    const { nobody, alice } = world();
    const rule = `<AllowedOrigin>${PAGE}</AllowedOrigin><AllowedMethod>POST</AllowedMethod>`;
    const name = await configured(world(), rule);
    const form = formOf(signFormV4({ credentials: alice.credentials, bucket: name, fields: [['key', 'k']] }), FILE);
    for (const [sent, status] of [
      [form, 204],
      [formOf([['key', 'k']], FILE), 403],
      [formOf([], FILE), 400],
    ] as const) {
      const answer = await nobody.send('POST', {
        bucket: name,
        body: sent.body,
        headers: { ...sent.headers, origin: PAGE },
      });
      assert.deepEqual([answer.status, header(answer, 'access-control-allow-origin')], [status, PAGE]);
    }
  });
});
