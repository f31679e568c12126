/**
 * Gets a Cassandra server: Java 17, Maven where it is needed, and the server's libraries from Maven Central into
 * `.cache/cassandra`. Done once per content of pom.xml; later calls only look.
 *
 * Left out: other versions of Java. Cassandra 5.0 runs on 11 and 17, and only 17 is tested here.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { CannotPrepare, installDebian, type Log, once, onPath, run } from '../testing/machine.ts';

const JAVA = 17;
const DEBIAN_JAVA = `openjdk-${JAVA}-jre-headless`;
const WHO = 'Cassandra for tests and trials needs';

/** A server that can be started. */
export interface Installation {
  /** The program. */
  readonly java: string;
  /** Absolute paths of the jars, in order. */
  readonly jars: readonly string[];
}

/** What `java -version` says first, reduced to its major version: `openjdk version "17.0.15"` is 17. */
export function javaVersion(said: string): number | undefined {
  const found = /version "(\d+)/.exec(said)?.[1];
  return found === undefined ? undefined : Number(found);
}

function findJava(): string | undefined {
  const folder = '/usr/lib/jvm';
  const installed = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, 'bin/java')) : [];
  const home = env.JAVA_HOME === undefined ? [] : [join(env.JAVA_HOME, 'bin/java')];
  const candidates = [...home, onPath('java'), ...installed];
  return candidates.find((path) => {
    if (path === undefined || !existsSync(path)) return false;
    const said = spawnSync(path, ['-version'], { encoding: 'utf8' });
    return said.status === 0 && javaVersion(said.stderr) === JAVA;
  });
}

function prepareJava(log: Log): string {
  const found = findJava();
  if (found !== undefined) return found;
  const byHand = `Java of version ${JAVA} from elsewhere does as well: point JAVA_HOME at it.`;
  try {
    installDebian([DEBIAN_JAVA], WHO, log);
  } catch (error) {
    // Debian 13 has no Java 17 any more.
    throw error instanceof CannotPrepare ? new CannotPrepare(`${error.message}\n${byHand}`) : error;
  }
  const java = findJava();
  if (java !== undefined) return java;
  throw new CannotPrepare(
    `${WHO} Java ${JAVA}, and none was found after installing Debian's ${DEBIAN_JAVA}. ${byHand}`,
  );
}

function prepareMaven(log: Log): string {
  const found = onPath('mvn');
  if (found !== undefined) return found;
  installDebian(['maven'], WHO, log);
  const mvn = onPath('mvn');
  if (mvn !== undefined) return mvn;
  throw new CannotPrepare(`${WHO} Maven, and no mvn was found. Install it and run again.`);
}

/** Everything that a node needs; throws `CannotPrepare` with what to do. `root` is the repository. */
export function prepareCassandra(root: string, log: Log): Installation {
  const java = prepareJava(log);
  const pom = join(root, 'scripts/cassandra/pom.xml');
  const folder = join(root, '.cache/cassandra/lib');
  once(folder, pom, () => {
    log('fetching Cassandra 5.0 from Maven Central (about 70 MB, once)');
    const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`];
    run(prepareMaven(log), ['-q', '-B', '-f', pom, ...copy]);
  });
  const jars = readdirSync(folder).filter((name) => name.endsWith('.jar'));
  return { java, jars: jars.sort().map((name) => join(folder, name)) };
}
