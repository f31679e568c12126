/**
 * Forms in a real browser: a page of another host has a form with a signed policy, somebody picks a file and submits it. What
 * counts is what arrived in the store, and where the browser is then.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage, startBrowser, startPageHost } from '../support/browser.ts';
import { ENGINES } from '../support/engines.ts';
import { type Fields, signFormV2, signFormV4 } from '../support/form.ts';
import { type Answer, answerOf, assertBytes, element, header } from '../support/s3-world.ts';
import { startTestServer } from '../support/server.ts';
import { hostOf, signedRequest, targetOf } from '../support/signer.ts';

async function openStage() {
  const engine = ENGINES.find(({ name }) => name === 'embedded');
  assert(engine !== undefined);
  const store = await engine.open();
  const pages = await startPageHost();
  const server = await startTestServer({ engine: store.engine });
  const browser = await startBrowser();
  const { accessKeyId, secret: secretAccessKey } = server.operator;
  const credentials = { accessKeyId, secretAccessKey };
  const { origin } = server;
  return {
    ...{ pages, browser, credentials, origin },
    /** As the bucket's owner, from no page. */
    async send(method: string, target: string): Promise<Answer> {
      return answerOf(await signedRequest({ origin, credentials, method, target, headers: { host: hostOf(origin) } }));
    },
    async close(): Promise<void> {
      await browser.close();
      await pages.close();
      await server.stop();
      await store.close();
    },
  };
}

let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage?.close());

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');

/** The page's form, its file picked and submitted; answers where the browser is afterwards, and what it shows. */
async function submit(bucket: string, fields: Fields, file: { readonly name: string; readonly content: Buffer }) {
  const page = await openPage(stage.browser, stage.pages.originOf('shop'));
  const inputs = fields.map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  await page.setContent(
    `<form action="${stage.origin}/${bucket}" method="post" enctype="multipart/form-data">${inputs.join('')}
     <input type="file" name="file"><input type="submit" name="submit" value="Upload"></form>`,
  );
  const picked = { name: file.name, mimeType: 'image/png', buffer: file.content };
  await page.setInputFiles('input[type=file]', picked);
  await Promise.all([page.waitForNavigation(), page.click('input[type=submit]')]);
  const [url, text] = [page.url(), await page.content()];
  await page.close();
  return { url, text };
}

for (const [version, sign] of [
  ['4', signFormV4],
  ['2', signFormV2],
] as const) {
  test(`a browser uploads by a form signed by version ${version}, and goes on where the form sends it`, async () => {
    const bucket = `forms-${version}`;
    assert.equal((await stage.send('PUT', targetOf(bucket))).status, 200);
    const done = `${stage.pages.originOf('shop')}/done?order=7`;
    const given: Fields = [
      ['key', ['in/', '$', '{filename}'].join('')],
      ['success_action_redirect', done],
      ['Content-Type', 'image/png'],
      ['x-amz-meta-from', 'a page & its "form"'],
    ];
    const conditions = [
      ['starts-with', '$key', 'in/'],
      ['content-length-range', 1, 400_000],
    ];
    const fields = sign({ credentials: stage.credentials, bucket, fields: given, conditions, uncovered: ['key'] });
    const content = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7) % 256));
    const after = await submit(bucket, fields, { name: 'für "dich".png', content });
    // Browsers escape quotes in names of files, and nothing else.
    const key = 'in/für %22dich%22.png';
    const expected = new URLSearchParams({
      bucket,
      key,
      etag: header(await stage.send('HEAD', targetOf(bucket, key)), 'etag'),
    });
    assert.equal(after.url, `${done}&${expected}`);
    const kept = await stage.send('GET', targetOf(bucket, key));
    assertBytes(kept.body, content);
    assert.deepEqual(
      [header(kept, 'content-type'), header(kept, 'x-amz-meta-from')],
      ['image/png', 'a page & its "form"'],
    );

    const refused = await submit(bucket, fields, { name: 'large.png', content: Buffer.alloc(500_000) });
    assert.match(refused.text, /EntityTooLarge/);
    const absent = await stage.send('GET', targetOf(bucket, 'in/large.png'));
    assert.equal(element(absent.text, 'Code'), 'NoSuchKey');
  });
}
