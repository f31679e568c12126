/**
 * A program that serves its process id with `runWorkers`, for the test of workers. Arguments: workers, port.
 * Prints what happens, one word a line.
 */

import { createServer } from 'node:http';
import { systemClock } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import { runWorkers } from '../../src/http/workers.ts';

const say = (line: string) => void process.stdout.write(`${line}\n`);
const [workers = 1, port = 0] = process.argv.slice(2).map((text) => Number.parseInt(text, 10));

process.exitCode = await runWorkers({
  workers,
  once: async () => {
    say('once');
    return { stop: async () => say('once-stopped'), reload: () => say('once-reloaded') };
  },
  serve: async () => {
    const server = createServer((_request, response) => response.end(`${process.pid}`));
    await new Promise<void>((resolve, reject) => {
      server.on('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return {
      stop: async () => {
        server.close();
        server.closeAllConnections();
        say('worker-stopped');
      },
      reload: () => say('worker-reloaded'),
    };
  },
  ready: () => say('ready'),
  log: createLog('silent', () => {}),
  clock: systemClock,
  limits: { stopMs: 5000, workerRestartMs: 10, workerRestartMaxMs: 40 },
});
process.disconnect?.();
