/** The AWS SDKs for Java v2, Go v2 and Rust as they come, over HTTP with paths. Built only where the run asks for them. */

import { test } from 'node:test';
import { type Sdk, sdkProgram, wantsSdk } from '../../scripts/testing/sdks.ts';
import { startClientServer } from '../support/client-server.ts';
import { ROOT } from '../support/processes.ts';
import { tour } from '../support/tour.ts';

const NAMES: readonly (readonly [Sdk, string])[] = [
  ['java', 'Java v2'],
  ['go', 'Go v2'],
  ['rust', 'Rust'],
];

for (const [sdk, name] of NAMES) {
  const skip = wantsSdk(sdk) ? false : `takes minutes to fetch and build: CLIENT_SDKS=${sdk} (or =all) asks for it`;
  test(`the AWS SDK for ${name}`, { skip }, async (t) => {
    await using server = await startClientServer();
    const env = { AWS_ENDPOINT_URL: server.origin, AWS_REGION: 'us-east-1' };
    await tour(t, sdkProgram(ROOT, sdk), server, { endpoint: server.origin, style: 'path', env });
  });
}
