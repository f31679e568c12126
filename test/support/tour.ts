/**
 * Runs a client program of `test/clients` that isn't TypeScript and makes a subtest of each of its steps. The program
 * prints one line of JSON per step: `{ "step": …, "error": null or text }`, and finds what it needs in the environment.
 */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { run, type ServerProcess } from './processes.ts';

/** What a client is given. `ca`: PEM file of the test's authority, with HTTPS. */
export interface Visit {
  readonly endpoint: string;
  readonly style: 'path' | 'virtual';
  readonly ca?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function clientEnvironment(server: ServerProcess, visit: Visit): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: server.accessKey,
    AWS_SECRET_ACCESS_KEY: server.secretKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...(visit.ca === undefined ? {} : { AWS_CA_BUNDLE: visit.ca }),
    ...visit.env,
  };
}

interface Step {
  readonly step: string;
  readonly error: string | null;
}

export async function tour(
  t: TestContext,
  program: readonly string[],
  server: ServerProcess,
  visit: Visit,
): Promise<void> {
  const [command = '', ...args] = program;
  const given = { TOUR_ENDPOINT: visit.endpoint, TOUR_STYLE: visit.style, TOUR_CA: visit.ca ?? '' };
  const done = await run(command, args, { env: { ...clientEnvironment(server, visit), ...given } });
  const steps = done.stdout.split('\n').flatMap((line): Step[] => (line.startsWith('{') ? [JSON.parse(line)] : []));
  for (const { step, error } of steps) {
    await t.test(step, () => {
      if (error !== null) assert.fail(error);
    });
  }
  const failed = steps.some((step) => step.error !== null);
  assert.ok(done.code === 0 || failed, `${program.join(' ')} ended with ${done.code}\n${done.stdout}${done.stderr}`);
  assert.ok(steps.length > 0, 'the program took no step');
}
