/** `moraine master-key create | rewrap` */

import { resolve } from 'node:path';
import { openKeyRing } from '../admin/key-ring.ts';
import { createMasterKey } from '../admin/masterkey.ts';
import { type Rewrapped, rewrap } from '../admin/rewrap.ts';
import { type Command, EXIT } from './command.ts';
import { json } from './print.ts';
import { STORE_SETTINGS, withStore } from './store.ts';

export const masterKeyCreate: Command = {
  name: 'master-key create',
  summary: 'Makes a new master key in a file of its own. Nothing uses it yet.',
  details:
    'To change the master key: make a new one, name it as master-key and the old one under former-master-keys, restart, run `moraine master-key rewrap`, take the old one out again. Several front ends: docs/operations.md.',
  positionals: [{ name: 'FILE', required: true, help: 'Where to put it; must not be there yet.' }],
  options: [],
  settings: [],
  run: async (context, input) => {
    const path = resolve(input.positionals[0] ?? '');
    await createMasterKey(path, context.random);
    context.out(`${path}\n`);
    return EXIT.ok;
  },
};

export const masterKeyRewrap: Command = {
  name: 'master-key rewrap',
  summary: 'Seals anew with the master key what former ones sealed: secrets of access keys, keys of encrypted objects.',
  details:
    'What former keys of encryption.key-ring sealed (aws:kms) as well. Runs beside the server and may be repeated. No object is read or written. Exit code 1 while something still needs a former master key: unfinished uploads, or what changed meanwhile.',
  positionals: [],
  options: [{ name: 'json', help: 'JSON instead of text.' }],
  settings: [...STORE_SETTINGS, 'encryption.key-ring'],
  run: (context, input) =>
    withStore(context, input, async ({ config, engine, sealer }) => {
      const { random } = context;
      const ring = await openKeyRing(config.keyRingPath, { random, limits: config.limits });
      const asJson = input.options.has('json');
      let told = context.clock.monotonic();
      const done = await rewrap(engine.rows, { sealer, ring }, (counts) => {
        if (context.clock.monotonic() - told < TELL_MS) return;
        told = context.clock.monotonic();
        context.err(`so far: ${numbers(counts)}\n`);
      });
      const left = done.uploads + done.passed;
      if (asJson) context.out(json({ masterKey: sealer.keyId, ...done }));
      else {
        context.out(`sealed anew with master key ${sealer.keyId}: ${numbers(done)}\n`);
        context.out(left === 0 ? 'Nothing needs a former master key any more.\n' : leftOver(done));
      }
      return left === 0 ? EXIT.ok : EXIT.failed;
    }),
};

const TELL_MS = 10_000;

const numbers = ({ accessKeys, objects }: Rewrapped): string => `${accessKeys} access keys, ${objects} objects`;

function leftOver({ uploads, passed }: Rewrapped): string {
  const what = [
    ...(uploads > 0 ? [`${uploads} unfinished uploads need a former master key until they end`] : []),
    ...(passed > 0 ? [`${passed} changed meanwhile`] : []),
  ];
  return `Keep the former master keys: ${what.join(', ')}. Run this again later.\n`;
}
