import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from '../../src/base/log.ts';
import { temporaryFolder } from '../support/processes.ts';

test('rule 18: each event is one line of JSON, whatever it holds', () => {
  const lines: string[] = [];
  const log = createLog('debug', (line) => lines.push(line));
  log.info('two\nlines "quoted" \u2028', { key: 'a\r\n{"level":"error"}' });
  log.error('failed', { bucket: 'b' }, new Error('outer', { cause: new TypeError('inner') }));
  log.warn('odd', {}, 'a string');
  assert.equal(lines.length, 3);
  const events = lines.map((line) => {
    assert.equal(line.indexOf('\n'), line.length - 1);
    return JSON.parse(line);
  });
  assert.equal(events[0].msg, 'two\nlines "quoted" \u2028');
  assert.equal(events[0].key, 'a\r\n{"level":"error"}');
  assert.match(events[0].time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Math.abs(Date.parse(events[0].time) - Date.now()) < 60_000);
  assert.equal(events[1].level, 'error');
  assert.equal(events[1].error, 'outer');
  assert.match(events[1].cause, /TypeError: inner/);
  assert.equal(events[2].error, 'a string');
});

test('what is below the level is not written', () => {
  const lines: string[] = [];
  const log = createLog('warn', (line) => lines.push(line));
  log.debug('a');
  log.info('b');
  log.warn('c');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).msg),
    ['c'],
  );
});

test('lines are gathered, but an error is written at once with all before it', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'log');
  const descriptor = openSync(path, 'a');
  const log = createLog('info', descriptor);
  const written = () => readFileSync(path, 'utf8').split('\n').length - 1;
  log.info('first');
  assert.equal(written(), 0);
  log.error('second');
  assert.equal(written(), 2);
  log.info('third');
  log.flush();
  assert.equal(written(), 3);
  closeSync(descriptor);
});
