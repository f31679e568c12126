/**
 * Races, each played at its worst moment: between what a request has read and what it commits. What a request was
 * promised is compared in the commit itself; who loses is told so, or looks again.
 */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { LIMITS } from '../../src/base/limits.ts';
import { Conflict, Unavailable } from '../../src/store/port.ts';
import { ENGINES } from '../support/engines.ts';
import { type InterposedEngine, interposedEngine } from '../support/interposed-engine.ts';
import {
  type Answer,
  assertBytes,
  element,
  elements,
  header,
  md5Hex,
  type World,
  worldOver,
} from '../support/s3-world.ts';
import { PART_MIN, PARTS, Upload, WHOLE } from '../support/upload.ts';

const LARGE = randomBytes(200_000);
const OTHER = randomBytes(200_000);

for (const named of ENGINES) {
  describe(named.name, () => {
    let opened: { readonly world: World; readonly stop: () => Promise<void>; readonly engine: InterposedEngine };
    before(async () => {
      const { engine: inner, close } = await named.open();
      const engine = interposedEngine(inner);
      opened = { engine, ...(await worldOver({ engine, close }, { partBytesMin: PART_MIN })) };
    });
    after(() => opened.stop());

    /** A bucket of Alice's, and `act` once, right before the next commit of a new version is applied. */
    async function raced(type: 'putVersion' | 'completeUpload' | 'removeNull' | 'putPart' | 'createUpload') {
      const { world, engine } = opened;
      const name = await world.bucket();
      return { ...world, name, engine, meanwhile: (act: () => unknown) => engine.beforeNext(type, act) };
    }

    test('rule 29: If-None-Match: an object that appeared before the commit is not replaced', async () => {
      const { alice, name, engine, meanwhile } = await raced('putVersion');
      const discarded = engine.discarded.length;
      meanwhile(() => alice.put(name, 'key', 'theirs'));
      const answer = await alice.put(name, 'key', LARGE, { 'if-none-match': '*' });
      assert.deepEqual([answer.status, answer.code], [412, 'PreconditionFailed']);
      assert.equal((await alice.get(name, 'key')).text, 'theirs');
      assert.equal(engine.discarded.length, discarded + 1, 'the body that nobody will name is given back');
    });

    test('If-None-Match: an object that came and went does not stand in the way', async () => {
      const { alice, name, meanwhile } = await raced('putVersion');
      meanwhile(async () => {
        await alice.put(name, 'key', 'theirs');
        await alice.delete(name, 'key');
      });
      assert.equal((await alice.put(name, 'key', 'mine', { 'if-none-match': '*' })).status, 200);
      assert.equal((await alice.get(name, 'key')).text, 'mine');
    });

    test('If-Match: what was seen must still be there in the commit', async () => {
      const { alice, name, meanwhile } = await raced('putVersion');
      await alice.put(name, 'key', 'seen');
      const headers = { 'if-match': `"${md5Hex('seen')}"` };
      meanwhile(() => alice.put(name, 'key', 'theirs'));
      assert.equal((await alice.put(name, 'key', 'mine', headers)).code, 'PreconditionFailed');
      assert.equal((await alice.get(name, 'key')).text, 'theirs');
      await alice.put(name, 'key', 'seen');
      meanwhile(() => alice.delete(name, 'key'));
      assert.equal((await alice.put(name, 'key', 'mine', headers)).code, 'NoSuchKey');
      assert.equal((await alice.get(name, 'key')).status, 404);
    });

    test('a plain put expects nothing: whoever commits last wins', async () => {
      const { alice, name, meanwhile } = await raced('putVersion');
      meanwhile(() => alice.put(name, 'key', 'theirs'));
      assert.equal((await alice.put(name, 'key', 'mine')).status, 200);
      assert.equal((await alice.get(name, 'key')).text, 'mine');
    });

    test('a bucket that went and came back as somebody else’s takes no object of the request before', async () => {
      const { alice, bob, name, engine, meanwhile } = await raced('putVersion');
      const discarded = engine.discarded.length;
      meanwhile(async () => {
        assert.equal((await alice.send('DELETE', { bucket: name })).status, 204);
        assert.equal((await bob.send('PUT', { bucket: name })).status, 200);
      });
      const answer = await alice.put(name, 'key', 'mine');
      assert.deepEqual([answer.status, answer.code], [404, 'NoSuchBucket']);
      assert.equal((await bob.get(name, 'key')).code, 'NoSuchKey');
      assert.equal(engine.discarded.length, discarded + 1);
    });

    test('versioning that was turned on before the commit counts', async () => {
      const { alice, name, meanwhile, setVersioning } = await raced('putVersion');
      await alice.put(name, 'key', 'first');
      meanwhile(() => setVersioning(name, 'enabled'));
      assert.match(header(await alice.put(name, 'key', 'second'), 'x-amz-version-id'), /^(?!null$)./);
      const old = { bucket: name, key: 'key', query: { versionId: 'null' } };
      assert.equal((await alice.send('GET', old)).text, 'first');
    });

    test('a delete that meets new versioning hides instead of removing', async () => {
      const { alice, name, meanwhile, setVersioning } = await raced('removeNull');
      await alice.put(name, 'key', 'kept');
      meanwhile(() => setVersioning(name, 'enabled'));
      assert.equal(header(await alice.delete(name, 'key'), 'x-amz-delete-marker'), 'true');
      assert.equal((await alice.send('GET', { bucket: name, key: 'key', query: { versionId: 'null' } })).text, 'kept');
    });

    const copyOf = (name: string) => ({ 'x-amz-copy-source': `${name}/source` });

    test('a copy whose source was replaced meanwhile is one whole version of it', async () => {
      const { alice, name, meanwhile } = await raced('putVersion');
      for (const [first, second] of [
        [LARGE, OTHER],
        [Buffer.from('small'), Buffer.from('other')],
      ] as const) {
        await alice.put(name, 'source', first);
        meanwhile(() => alice.put(name, 'source', second));
        const answer = await alice.send('PUT', { bucket: name, key: 'copy', headers: copyOf(name) });
        assert.equal(answer.status, 200, answer.text);
        const { body } = await alice.get(name, 'copy');
        assert(body.equals(first) || body.equals(second));
        assert.equal(element(answer.text, 'ETag'), `"${md5Hex(body)}"`);
      }
    });

    test('a copy whose source was deleted meanwhile is whole, or there is none', async () => {
      const { alice, name, meanwhile } = await raced('putVersion');
      await alice.put(name, 'source', LARGE);
      meanwhile(() => alice.delete(name, 'source'));
      const answer = await alice.send('PUT', { bucket: name, key: 'copy', headers: copyOf(name) });
      if (answer.status === 200) assertBytes((await alice.get(name, 'copy')).body, LARGE);
      else assert.equal(answer.code, 'NoSuchKey');
      assert.equal((await alice.head(name, 'copy')).status, answer.status);
    });

    test('a source that was closed meanwhile is not copied when it must be read again', async () => {
      const { alice, bob, engine, world } = { ...opened, ...opened.world };
      const name = await world.bucket({ 'x-amz-acl': 'public-read-write' });
      await alice.put(name, 'source', 'open', { 'x-amz-acl': 'public-read' });
      engine.beforeNext('putVersion', () => {
        engine.beforeNext('putVersion', () => undefined);
        return alice.put(name, 'source', 'closed').then(() => {
          throw new Conflict('source');
        });
      });
      const answer = await bob.send('PUT', { bucket: name, key: 'copy', headers: copyOf(name) });
      assert.equal(answer.code, 'AccessDenied');
      assert.equal((await alice.head(name, 'copy')).status, 404);
    });

    test('a copied part is read again when its source went', async () => {
      const { alice, name, engine } = await raced('putPart');
      await alice.put(name, 'source', LARGE);
      const upload = await Upload.begin(alice, name);
      engine.beforeNext('putPart', async () => {
        await alice.put(name, 'source', OTHER);
        throw new Conflict('source');
      });
      const answer = await upload.copy(1, `${name}/source`);
      assert.equal(element(answer.text, 'ETag'), `"${md5Hex(OTHER)}"`);
      assert.equal((await upload.complete([{ number: 1, etag: `"${md5Hex(OTHER)}"` }])).status, 200);
      assertBytes((await alice.get(name, 'key')).body, OTHER);
    });

    test('a completion that was overtaken by its own repetition succeeds like it', async () => {
      // Which of its two expectations an engine reports first, the upload or the key, is its own affair.
      for (const reported of [undefined, new Conflict('revision')]) {
        const { alice, name, meanwhile } = await raced('completeUpload');
        const upload = await Upload.begin(alice, name);
        const sent = await upload.fill();
        const only = { 'if-none-match': '*' };
        let overtaking: Answer | undefined;
        meanwhile(async () => {
          overtaking = await upload.complete(sent, only);
          if (reported !== undefined) throw reported;
        });
        const overtaken = await upload.complete(sent, only);
        assert.deepEqual([overtaking?.status, overtaken.status, overtaken.text], [200, 200, overtaking?.text]);
        assertBytes((await alice.get(name, 'key')).body, WHOLE);
      }
    });

    test('a completion whose parts went while it looked at them tells why: completed by its repetition, or aborted', async () => {
      for (const isAborted of [false, true]) {
        const { alice, name, engine } = await raced('completeUpload');
        const upload = await Upload.begin(alice, name);
        const sent = await upload.fill();
        engine.beforeParts(() => (isAborted ? upload.abort() : upload.complete(sent)));
        const answer = await upload.complete(sent);
        assert.deepEqual([answer.status, answer.code], isAborted ? [404, 'NoSuchUpload'] : [200, undefined]);
        assert.equal((await alice.head(name, 'key')).status, isAborted ? 404 : 200);
      }
    });

    test('a completion under a condition loses to an object that appeared; the upload lives on', async () => {
      const { alice, name, meanwhile } = await raced('completeUpload');
      const upload = await Upload.begin(alice, name);
      const sent = await upload.fill();
      meanwhile(() => alice.put(name, 'key', 'theirs'));
      assert.equal((await upload.complete(sent, { 'if-none-match': '*' })).code, 'PreconditionFailed');
      assert.equal((await alice.get(name, 'key')).text, 'theirs');
      assert.equal((await upload.complete(sent)).status, 200);
    });

    test('rule 29: a part that was sent again before the commit is not completed under its old name', async () => {
      const { name, meanwhile, alice } = await raced('completeUpload');
      const upload = await Upload.begin(alice, name);
      const sent = await upload.fill();
      meanwhile(() => upload.part(2, OTHER));
      assert.equal((await upload.complete(sent)).code, 'InvalidPart');
      assert.equal((await alice.head(name, 'key')).status, 404);
    });

    test('a part or completion whose upload was aborted meanwhile leaves nothing', async () => {
      const { alice, name, engine } = await raced('putPart');
      const upload = await Upload.begin(alice, name);
      const discarded = engine.discarded.length;
      engine.beforeNext('putPart', () => upload.abort());
      assert.equal((await upload.part(1, PARTS[1])).code, 'NoSuchUpload');
      assert.equal(engine.discarded.length, discarded + 1);
      const second = await Upload.begin(alice, name);
      const sent = await second.fill();
      engine.beforeNext('completeUpload', () => second.abort());
      assert.equal((await second.complete(sent)).code, 'NoSuchUpload');
      assert.deepEqual(elements((await alice.send('GET', { bucket: name })).text, 'Key'), []);
    });

    test('an upload begun in a bucket that just went is NoSuchBucket', async () => {
      const { alice, name, meanwhile } = await raced('createUpload');
      meanwhile(() => alice.send('DELETE', { bucket: name }));
      const answer = await alice.send('POST', { bucket: name, key: 'key', query: { uploads: '' } });
      assert.deepEqual([answer.status, answer.code], [404, 'NoSuchBucket']);
    });

    test('a put that loses every race says so instead of trying for ever', async () => {
      const { alice, name, engine } = await raced('putVersion');
      let attempts = 0;
      engine.beforeEach('putVersion', (attempt) => {
        attempts = attempt;
        throw new Conflict('revision');
      });
      const answer = await alice.put(name, 'key', 'x', { 'if-none-match': '*' });
      engine.beforeEach('putVersion', undefined);
      assert.deepEqual([answer.status, answer.code], [409, 'ConditionalRequestConflict']);
      assert.equal(attempts, LIMITS.commitAttempts);
    });

    test('a commit that failed gives its body back; one that may have been applied never does', async () => {
      const { alice, name, engine } = await raced('putVersion');
      await alice.put(name, 'key', LARGE);
      const discarded = engine.discarded.length;
      engine.beforeNext('putVersion', () => {
        throw new Unavailable('as the test wants it', { mayHaveApplied: false });
      });
      assert.equal((await alice.put(name, 'key', OTHER)).status, 503);
      assert.equal(engine.discarded.length, discarded + 1);
      assertBytes((await alice.get(name, 'key')).body, LARGE);
      engine.afterNext('putVersion', () => {
        throw new Unavailable('as the test wants it', { mayHaveApplied: true });
      });
      assert.equal((await alice.put(name, 'key', OTHER)).status, 503);
      assert.equal(engine.discarded.length, discarded + 1, 'a row may name the body');
      assertBytes((await alice.get(name, 'key')).body, OTHER);
    });
  });
}
