/**
 * Names that keys get as files of a machine or in a zip. Nothing leads out of the folder, to a drive or to a device, and no two keys
 * get the same name: file systems of Windows and macOS take `A` for `a`, and none has a file and a folder of one name.
 */

import { besideKey } from './objects.ts';

/** Windows opens a device by these, with any ending. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\..*)?$/i;
/** What file systems take, of UTF-8. */
const NAME_BYTES = 255;

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** Cut before its ending, where there is one worth keeping. */
function cut(name: string): string {
  if (bytesOf(name) <= NAME_BYTES) return name;
  const ending = /\.[^.]{1,10}$/.exec(name)?.[0] ?? '';
  let stem = Array.from(name.slice(0, name.length - ending.length));
  while (bytesOf(stem.join('')) + bytesOf(ending) > NAME_BYTES - 8) stem = stem.slice(0, -1);
  return stem.join('') + ending;
}

function safeName(segment: string): string {
  const plain = segment
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[\\:*?"<>|]/g, '_')
    .replace(/^\s+|[\s.]+$/g, '');
  return cut(DEVICE.test(plain) ? `_${plain}` : plain);
}

/** As file systems compare that do not tell `A` from `a`, nor two ways of writing `é`. */
const folded = (path: string): string => path.normalize('NFC').toLowerCase();

export interface LocalNames {
  /** The path of a key: the same one whenever it is asked for. */
  of(key: string): readonly string[];
}

export function createLocalNames(prefix: string): LocalNames {
  /** Folded path → whose it is: a key, or for folders the part of a key that leads to it, with `/` at its end. */
  const owners = new Map<string, string>();
  const take = (above: readonly string[], name: string, owner: string): string => {
    for (let number = 1; ; number++) {
      const wanted = number === 1 ? name : besideKey(name, number);
      const at = folded([...above, wanted].join('/'));
      const has = owners.get(at);
      if (has !== undefined && has !== owner) continue;
      owners.set(at, owner);
      return wanted;
    }
  };
  return Object.freeze({
    of: (key: string) => {
      const below = key.startsWith(prefix) ? key.slice(prefix.length) : key;
      const segments = below.split('/');
      const path: string[] = [];
      for (const [index, segment] of segments.entries()) {
        const name = safeName(segment);
        const isFile = index === segments.length - 1;
        // Of a folder's own key nothing is left; of a file something has to be.
        if (name === '' && (!isFile || (segment === '' && path.length > 0))) continue;
        const owner = isFile ? `file ${below}` : `${segments.slice(0, index + 1).join('/')}/`;
        path.push(take(path, name === '' ? '_' : name, owner));
      }
      return path;
    },
  });
}
