/**
 * Builds the Console into `console/dist` when its sources changed since it was built last: Vite, compressed forms beside the
 * files, and the budget. What is there stays until the new one is whole.
 *
 * A stamp in the folder says of which sources it was made: all files of `console/`, the versions of packages, and this folder.
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { brotliCompress, constants, gzip, gzipSync } from 'node:zlib';
import type { Rolldown } from 'vite';
import { type BudgetLine, type BuiltFile, budgetOf, budgetTable, isOver } from './budget.ts';

/** The build failed, and why; for whoever started it. */
export class CannotBuild extends Error {}

export interface Built {
  readonly seconds: number;
  readonly budget: readonly BudgetLine[];
}

const STAMP = '.stamp';

/** Where what was built is, of these sources or of older ones. */
export const builtIn = (root: string): string => join(root, 'console/dist');

/** Undefined: what is there is of these sources. `building` is called before a build begins. Throws `CannotBuild`. */
export async function buildConsole(root: string, building: () => void): Promise<Built | undefined> {
  const started = performance.now();
  const folder = join(root, 'console');
  const dist = builtIn(root);
  const stamp = await stampOf(root);
  const last = await readFile(join(dist, STAMP), 'utf8').catch(() => undefined);
  if (last === stamp) return undefined;
  if (!existsSync(join(root, 'node_modules/vite'))) {
    throw new CannotBuild('the packages that build it are not installed: `npm ci` brings them');
  }
  building();
  const made = join(folder, `dist.${process.pid}`);
  try {
    const budget = await runVite(folder, made);
    await compressAll(made);
    await writeFile(join(made, STAMP), stamp);
    if (budget.some(isOver)) throw new CannotBuild(`it is larger than its budget (gzip):\n${budgetTable(budget)}`);
    const old = `${made}.old`;
    await rename(dist, old).catch(() => {});
    await rename(made, dist);
    await rm(old, { recursive: true, force: true });
    return { seconds: (performance.now() - started) / 1000, budget };
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

// ------------------------------------------------------------------------------------------------------------- stamp

async function stampOf(root: string): Promise<string> {
  const hash = createHash('sha256');
  for (const path of [...(await sources(join(root, 'console'))), ...(await sources(import.meta.dirname))]) {
    hash
      .update(`${path.slice(root.length)}\0`)
      .update(await readFile(path))
      .update('\0');
  }
  hash.update(await readFile(join(root, 'package-lock.json')));
  return hash.digest('hex');
}

async function sources(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const isMade = (name: string) => name === 'node_modules' || name === 'dist' || name.startsWith('dist.');
  const below = entries
    .filter(({ name }) => !isMade(name))
    .map(async (entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? await sources(path) : [path];
    });
  return (await Promise.all(below)).flat().sort();
}

// -------------------------------------------------------------------------------------------------------------- Vite

async function runVite(folder: string, outDir: string): Promise<readonly BudgetLine[]> {
  const { build } = await import('vite');
  try {
    const result = await build({
      root: folder,
      configFile: join(folder, 'vite.config.ts'),
      logLevel: 'silent',
      build: { outDir, emptyOutDir: true, chunkSizeWarningLimit: Number.POSITIVE_INFINITY },
    });
    if (!('output' in result)) throw new Error('Vite made several builds, or none');
    const page = await readFile(join(outDir, 'index.html'), 'utf8');
    return budgetOf(result.output.flatMap((file) => builtFile(file, page)));
  } catch (error) {
    throw new CannotBuild(stripVTControlCharacters(error instanceof Error ? error.message : String(error)));
  }
}

/** What the page names, it loads at once. */
function builtFile(file: Rolldown.OutputChunk | Rolldown.OutputAsset, page: string): readonly BuiltFile[] {
  const name = file.fileName;
  const entry = page.includes(`"./${name}"`);
  if (file.type === 'asset') {
    const kind = { '.css': 'style' as const, '.js': 'script' as const }[extname(name)];
    if (kind === undefined) return [];
    // A worker: its modules are in its own build, but the name of its source is told.
    const modules = file.originalFileNames.map((path) => `/console/${path}`);
    return [{ name, kind, bytes: gzipSync(file.source).length, entry, modules, needs: [] }];
  }
  const modules = file.moduleIds.map((path) => path.replaceAll('\\', '/'));
  const needs = [...file.imports, ...(file.viteMetadata?.importedCss ?? [])];
  return [{ name, kind: 'script', bytes: gzipSync(file.code).length, entry, modules, needs }];
}

// ------------------------------------------------------------------------------------------------------- compression

const COMPRESSIBLE: ReadonlySet<string> = new Set(['.js', '.mjs', '.css', '.json', '.svg', '.txt', '.wasm']);
/** Below this a compressed form saves nothing that a packet would notice. */
const LEAST_BYTES = 1024;

async function compressAll(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && COMPRESSIBLE.has(extname(entry.name)));
  await Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const bytes = await readFile(path);
      if (bytes.length < LEAST_BYTES) return;
      const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
      await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, { params }));
      await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }));
    }),
  );
}
