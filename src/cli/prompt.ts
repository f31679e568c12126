/** Asking for a secret at a terminal: what is typed is not shown, and Ctrl-C means that nothing shall happen. */

import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CommandError } from './command.ts';

/** Resolves to the line, without its end. Throws `CommandError` when it is broken off. */
export function askSecret(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<string> {
  // The editor of lines shows what is typed where it is told to write: nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
  output.write(question);
  return new Promise((resolve, reject) => {
    let answer: string | undefined;
    lines.once('line', (line) => {
      answer = line;
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => {
      output.write('\n');
      if (answer === undefined) reject(new CommandError('broken off: nothing was changed'));
      else resolve(answer);
    });
  });
}
