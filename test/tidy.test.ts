/**
 * The habits of the house, held by a test: who imports whom, sizes, what only one file may do, dead code, and documents in
 * step with what they describe. Each rule names the files that break it; the few exceptions stand here with their reason.
 */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readSourceTree, type SourceFile } from './support/source-tree.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILES = readSourceTree(ROOT);
const SRC = FILES.filter((file) => file.path.startsWith('src/'));
const CONSOLE = FILES.filter((file) => file.path.startsWith('console/src/'));

/** Room → rooms that it may import (itself always). The first that a path begins with, longest first. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  'src/base/': [],
  'src/model/': ['src/base/'],
  'src/wire/': ['src/model/', 'src/base/'],
  'src/sign/': ['src/wire/', 'src/model/', 'src/base/'],
  'src/store/port.ts': ['src/model/', 'src/base/'],
  'src/store/embedded/': ['src/store/port.ts', 'src/model/', 'src/base/'],
  'src/store/cassandra/': ['src/store/port.ts', 'src/model/', 'src/base/'],
  'src/ops/': ['src/store/port.ts', 'src/wire/', 'src/model/', 'src/base/'],
  'src/jobs/': ['src/store/port.ts', 'src/wire/', 'src/model/', 'src/base/'],
  'src/admin/': ['src/store/port.ts', 'src/wire/', 'src/model/', 'src/base/'],
  'src/config.ts': ['src/config/', 'src/settings.ts', 'src/settings/', 'src/model/', 'src/base/'],
  'src/config/': ['src/settings.ts', 'src/settings/', 'src/model/', 'src/base/'],
  'src/settings.ts': ['src/settings/', 'src/model/', 'src/base/'],
  'src/settings/': ['src/model/', 'src/base/'],
  'src/http/': [
    ...['src/config.ts', 'src/config/', 'src/settings.ts', 'src/admin/', 'src/jobs/', 'src/ops/', 'src/store/port.ts'],
    ...['src/sign/', 'src/wire/', 'src/model/', 'src/base/'],
  ],
  'src/cli/': ['src/'],
  'src/main.ts': ['src/'],
};

/** Files that may be longer: tables of data, where a second file would only hide half of the table. */
const LONG_FILES: ReadonlyMap<string, string> = new Map([
  ['src/ops/table.ts', "one row per S3 operation; the table's length is S3's"],
]);
const WIDE_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['src/ops/table.ts row', 'one parameter per column of the table'],
]);
const FILE_LINES = 400;
const FUNCTION_LINES = 70;
const PARAMETERS = 4;
const CASTS_PER_1000_LINES = 1.5;

/** Mark of `source-tree.ts` → the only paths of src that may have it. */
const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  environment: ['src/config.ts'],
  clock: ['src/base/'],
  randomness: ['src/base/'],
  work: ['src/main.ts'],
  state: [],
  any: [],
  '!': [],
};

/** The rooms of the Console that know little, and what they may import. The others (frame, pages, drawers) may know each other. */
const CONSOLE_ROOMS: Readonly<Record<string, readonly string[]>> = {
  'console/src/s3/': [],
  'console/src/api/': [],
  'console/src/text/': [],
  'console/src/ui/': ['console/src/text/', 'console/src/failures.ts'],
};
/** What the Console knows of the server: how the answers of the account API look. */
const SHAPES = 'src/http/api/';

/** What the pages of the Console begin with. */
const CONSOLE_ENTRIES = readdirSync(join(ROOT, 'console'))
  .filter((name) => name.endsWith('.html'))
  .flatMap((name) =>
    [...read(`console/${name}`).matchAll(/ src="\/(src\/[^"]+)"/g)].map(([, path]) => `console/${path}`),
  );

/** Mark of `source-tree.ts` → the only paths of the Console that may have it. Without: none. */
const CONSOLE_ONLY_IN: Readonly<Record<string, RegExp | undefined>> = {
  // Entries: the page, the preview and the workers.
  work: /^console\/src\/(?:main\.tsx|preview\/main\.ts|.*worker\.ts)$/,
  words: undefined,
  state: undefined,
  any: undefined,
  '!': undefined,
};

function none(broken: readonly string[], rule: string): void {
  assert.equal(broken.length, 0, `${rule}:\n  ${broken.join('\n  ')}`);
}

function roomOf(path: string): string | undefined {
  return Object.keys(ROOMS)
    .sort((a, b) => b.length - a.length)
    .find((room) => path.startsWith(room));
}

/** Files of the repository as committed, documents included; what npm, git and the tests make is left out. */
function everyFile(): readonly string[] {
  const made = new Set(['node_modules', '.git', '.cache', 'data', 'dist']);
  const walk = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      if (made.has(entry.name)) return [];
      const path = join(folder, entry.name);
      return entry.isDirectory() ? walk(path) : [relative(ROOT, path)];
    });
  return walk(ROOT);
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

test('rooms import only the rooms that DESIGN allows, types included', () => {
  const broken: string[] = [];
  for (const file of SRC) {
    const room = roomOf(file.path);
    if (room === undefined) {
      broken.push(`${file.path} is in no room`);
      continue;
    }
    for (const { from, local, line } of file.imports) {
      const allowed = [room, ...(ROOMS[room] ?? [])].some((prefix) => from.startsWith(prefix));
      const main = from === 'src/main.ts';
      if (local && (!allowed || main)) broken.push(`${file.path}:${line} imports ${from}`);
    }
  }
  none(broken, 'an import against the direction of the rooms');
});

test('the Console knows shapes of the server and no code of it, its clients know nobody, and nobody knows the Console', () => {
  const broken: string[] = [];
  for (const file of FILES.filter(({ path }) => !path.startsWith('test/') && !path.startsWith('scripts/'))) {
    const inside = file.path.startsWith('console/');
    const room = Object.keys(CONSOLE_ROOMS).find((prefix) => file.path.startsWith(prefix));
    for (const { from, local, type, line } of file.imports) {
      if (!local) continue;
      const isShape = type && from.startsWith(SHAPES);
      const isNear = room === undefined || [room, ...(CONSOLE_ROOMS[room] ?? [])].some((path) => from.startsWith(path));
      const isAllowed = inside ? isShape || (from.startsWith('console/') && isNear) : !from.startsWith('console/');
      if (!isAllowed) broken.push(`${file.path}:${line} imports ${from}${type ? '' : ', not as a type'}`);
    }
  }
  none(broken, 'an import against the direction of the Console’s rooms');
});

test('model, wire and sign do no I/O', () => {
  const io = /^node:(fs|net|http|https|child_process|worker_threads|cluster|dns|tls|dgram|os|process)(\/|$)/;
  const pure = SRC.filter((file) => /^src\/(model|wire|sign)\//.test(file.path));
  none(
    pure.flatMap((file) =>
      file.imports.filter(({ from }) => io.test(from)).map(({ from, line }) => `${file.path}:${line} imports ${from}`),
    ),
    'a pure room that reaches outside',
  );
});

test('no module imports itself in a circle', () => {
  const byPath = new Map(SRC.map((file) => [file.path, file]));
  const done = new Set<string>();
  const circles: string[] = [];
  const follow = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
    if (trail.includes(path) || done.has(path)) return;
    for (const { from } of byPath.get(path)?.imports ?? []) if (byPath.has(from)) follow(from, [...trail, path]);
    done.add(path);
  };
  for (const file of SRC) follow(file.path, []);
  none(circles, 'a circle of imports');
});

test('files and functions stay small enough to be read at once', () => {
  const broken: string[] = [];
  for (const file of FILES) {
    if (file.lines > FILE_LINES && !LONG_FILES.has(file.path)) broken.push(`${file.path} has ${file.lines} lines`);
    // A test's or a suite's function is a list of tests, as long as there are promises.
    const isCode = !file.path.startsWith('test/') || file.path.startsWith('test/support/');
    for (const { name, line, lines, parameters } of isCode ? file.functions : []) {
      const at = `${file.path}:${line} ${name}`;
      if (lines > FUNCTION_LINES) broken.push(`${at} has ${lines} lines`);
      if (parameters > PARAMETERS && !WIDE_FUNCTIONS.has(`${file.path} ${name}`))
        broken.push(`${at} has ${parameters} parameters`);
    }
  }
  for (const path of LONG_FILES.keys()) {
    const lines = FILES.find((file) => file.path === path)?.lines ?? 0;
    if (lines <= FILE_LINES) broken.push(`${path} no longer needs its exception`);
  }
  none(broken, `over ${FILE_LINES} lines a file, ${FUNCTION_LINES} a function, ${PARAMETERS} parameters`);
});

for (const [what, places] of Object.entries(ONLY_IN)) {
  test(`${what}: only in ${places.length === 0 ? 'no file of src' : places.join(', ')}`, () => {
    const others = SRC.filter((file) => !places.some((place) => file.path.startsWith(place)));
    none(
      others.flatMap((file) =>
        file.marks.filter((mark) => mark.what === what).map(({ line }) => `${file.path}:${line}`),
      ),
      `${what} out of its place`,
    );
  });
}

for (const [what, place] of Object.entries(CONSOLE_ONLY_IN)) {
  test(`${what} in the Console: only in ${place === undefined ? 'no file' : 'its entries'}`, () => {
    const others = CONSOLE.filter((file) => place?.test(file.path) !== true);
    none(
      others.flatMap((file) =>
        file.marks.filter((mark) => mark.what === what).map(({ line }) => `${file.path}:${line}`),
      ),
      what === 'words' ? 'words that are not in the catalogue (console/src/text)' : `${what} out of its place`,
    );
  });
}

for (const [name, files] of [
  ['src', SRC],
  ['the Console', CONSOLE],
] as const) {
  test(`casts are rare in ${name}`, () => {
    const casts = files.flatMap((file) =>
      file.marks.filter((mark) => mark.what === 'as').map(({ line }) => `${file.path}:${line}`),
    );
    const lines = files.reduce((sum, file) => sum + file.lines, 0);
    const allowed = Math.floor((lines / 1000) * CASTS_PER_1000_LINES);
    assert.ok(casts.length <= allowed, `${casts.length} casts, ${allowed} allowed:\n  ${casts.join('\n  ')}`);
  });
}

test('each file of src and of the Console opens with what it is', () => {
  none(
    [...SRC, ...CONSOLE].filter((file) => !/^(#!.*\n)?\/(\/|\*\*)\s*\S/.test(file.text)).map((file) => file.path),
    'a file without an opening comment',
  );
});

function reachable(files: ReadonlyMap<string, SourceFile>, start: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const follow = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { from, local } of files.get(path)?.imports ?? []) if (local) follow(from);
  };
  follow(start);
  return seen;
}

for (const [name, files, entries] of [
  ['src', SRC, ['src/main.ts']],
  ['the Console', CONSOLE, CONSOLE_ENTRIES],
] as const) {
  test(`no dead code in ${name}: its entries reach each file, and another file uses each exported value`, () => {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const live = new Set(entries.flatMap((entry) => [...reachable(byPath, entry)]));
    const dead = files.filter((file) => !live.has(file.path)).map((file) => `${file.path} is never reached`);
    const used = new Set(
      FILES.flatMap((file) => file.imports.flatMap(({ from, names }) => names.map((each) => `${from} ${each}`))),
    );
    const unused = files
      .filter((file) => !used.has(`${file.path} *`))
      .flatMap((file) =>
        file.values
          .filter((value) => !used.has(`${file.path} ${value}`))
          .map((value) => `${file.path} exports ${value} to nobody`),
      );
    none([...dead, ...unused], 'dead code');
  });
}

test('each dependency has its line of reason in ARCHITECTURE.md, and nothing else has', () => {
  const manifests: readonly Record<string, Record<string, string> | undefined>[] = [
    JSON.parse(read('package.json')),
    JSON.parse(read('console/package.json')),
  ];
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'];
  const all = manifests.flatMap((manifest) => kinds.flatMap((kind) => Object.entries(manifest[kind] ?? {})));
  const wanted = all.map(([name]) => name);
  const section = /\n## Dependencies\n(.*?)(\n## |$)/s.exec(read('ARCHITECTURE.md'))?.[1] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''),
  );
  const isNode = (name: string) => /^node-(linux|darwin|win|bin)/.test(name);
  const family = named.some(isNode);
  none(
    wanted.filter((name) => !named.includes(name) && !(isNode(name) && family)),
    'a dependency without a reason',
  );
  none(
    named.filter((name) => !wanted.includes(name)),
    'a reason without its dependency',
  );
  none(
    all.flatMap(([name, version]) => (/^\d/.test(version) ? [] : [`${name} ${version}`])),
    'a dependency that is not pinned',
  );
});

test('documents name only files, folders and commands that exist', () => {
  const scripts = new Set(Object.keys(JSON.parse(read('package.json')).scripts));
  const broken: string[] = [];
  for (const path of everyFile().filter((name) => name.endsWith('.md'))) {
    const text = read(path);
    for (const [, name = ''] of text.matchAll(/`((?:src|test|scripts|bench|docs|bin|console)\/[\w./-]*)`/g)) {
      if (!existsSync(join(ROOT, name))) broken.push(`${path} names ${name}`);
    }
    for (const [, name = ''] of text.matchAll(/npm run ([\w:-]+)/g)) {
      if (!scripts.has(name)) broken.push(`${path} names the command ${name}`);
    }
    for (const [, link = ''] of text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)) {
      if (!existsSync(join(ROOT, path, '..', link))) broken.push(`${path} links to ${link}`);
    }
  }
  none(broken, 'a document out of step');
});

test('no file names a path of somebody’s machine or a package registry', () => {
  // Written in pieces so that this file doesn't break its own rule.
  const words = [
    '/wo' + 'rk/',
    '/t' + 'mp/',
    '/ro' + 'ot/',
    '/ho' + 'me/',
    'registry.' + 'npmjs',
    'pypi' + '.org',
    'proxy.' + 'golang',
    'deb.' + 'debian',
  ];
  const broken = everyFile().flatMap((path) => {
    const text = read(path);
    return words.filter((word) => text.includes(word)).map((word) => `${path} has ${word}`);
  });
  none(broken, 'a name of a machine or registry');
});
