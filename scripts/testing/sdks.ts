/**
 * Builds the client programs of `test/clients` whose SDKs need a compiler: Java, Go and Rust. They take minutes to fetch and
 * build the first time, so only those are built that `CLIENT_SDKS` names (`java,go,rust` or `all`); into `.cache/clients`, where
 * a second run finds them.
 *
 * Left out: installing the compilers. Who asks for a language has it.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { CannotPrepare, type Log, once, onPath, run } from './machine.ts';

export type Sdk = 'java' | 'go' | 'rust';

/** Whether this run was asked for it. */
export function wantsSdk(sdk: Sdk): boolean {
  const asked = (env.CLIENT_SDKS ?? '').split(',');
  return asked.includes(sdk) || asked.includes('all');
}

function compiler(program: string, what: string): string {
  const found = onPath(program);
  if (found !== undefined) return found;
  throw new CannotPrepare(`CLIENT_SDKS asks for a client that needs ${what}. Install it, or leave it out there.`);
}

const folderOf = (root: string, sdk: Sdk): string => join(root, '.cache/clients', sdk);
const sourceOf = (root: string, sdk: Sdk): string => join(root, 'test/clients', sdk);

/** The command that runs the client which `prepareSdks` has made. Java compiles its one file as it starts. */
export function sdkProgram(root: string, sdk: Sdk): readonly string[] {
  const folder = folderOf(root, sdk);
  if (sdk === 'java') return ['java', '-cp', join(folder, '*'), join(sourceOf(root, sdk), 'Tour.java')];
  return [join(folder, sdk === 'go' ? 'tour' : 'debug/tour')];
}

function prepareJava(root: string, log: Log): void {
  compiler('javac', 'a Java development kit of version 17 or newer');
  const [folder, pom] = [folderOf(root, 'java'), join(sourceOf(root, 'java'), 'pom.xml')];
  once(folder, pom, () => {
    log('fetching the AWS SDK for Java');
    const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`];
    run(compiler('mvn', 'Maven'), ['-q', '-B', '-f', pom, ...copy]);
  });
}

function prepareGo(root: string, log: Log): void {
  log('building the client on the AWS SDK for Go');
  const args = ['build', '-o', join(folderOf(root, 'go'), 'tour'), '.'];
  run(compiler('go', 'Go 1.24 or newer'), args, { cwd: sourceOf(root, 'go') });
}

function prepareRust(root: string, log: Log): void {
  log('building the client on the AWS SDK for Rust (some minutes, once)');
  const args = ['build', '--quiet', '--locked', '--target-dir', folderOf(root, 'rust')];
  run(compiler('cargo', 'Rust 1.94 or newer with Cargo'), args, { cwd: sourceOf(root, 'rust') });
}

/** Everything that `CLIENT_SDKS` names. */
export function prepareSdks(root: string, log: Log): void {
  mkdirSync(join(root, '.cache/clients'), { recursive: true });
  const all: Readonly<Record<Sdk, typeof prepareJava>> = { java: prepareJava, go: prepareGo, rust: prepareRust };
  for (const sdk of ['java', 'go', 'rust'] as const) if (wantsSdk(sdk)) all[sdk](root, log);
}
