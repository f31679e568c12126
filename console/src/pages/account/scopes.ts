/** What a key may, in words and in the form's fields. */

import type { KeyScope } from '../../api/shapes.ts';
import type { Text } from '../../text/index.ts';

/** `read in photos, site/css/ from 10.0.0.0/8`. */
export function scopeText(scope: KeyScope | undefined, text: Text['account']['keys']): string {
  if (scope === undefined) return text.everything;
  const { actions, resources, networks } = scope;
  const what = actions === undefined ? text.allThere : actions === 'read-only' ? text.reads : text.does(actions);
  const where =
    resources === undefined
      ? text.everywhere
      : text.buckets(resources.map(({ bucket, prefix = '' }) => (prefix === '' ? bucket : `${bucket}/${prefix}`)));
  return [text.on(what, where), ...(networks === undefined ? [] : [text.from(networks)])].join(' ');
}

export type What = 'full' | 'read-only' | 'write';

/** Enough to upload files of any size, and to give up. */
const WRITES = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];

const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** `photos/2026` is the folder `2026/` of `photos`. */
export function resourceOf(line: string): { readonly bucket: string; readonly prefix?: string } {
  const [bucket = '', ...rest] = line.split('/');
  const prefix = rest.join('/');
  if (prefix === '') return { bucket };
  return { bucket, prefix: prefix.endsWith('/') ? prefix : `${prefix}/` };
}

/** The scope of what was chosen; `undefined` when nothing is narrowed. */
export function scopeOf(places: string | undefined, what: What, networks: string): KeyScope | undefined {
  const from = linesOf(networks);
  const scope: KeyScope = {
    ...(places === undefined ? {} : { resources: linesOf(places).map(resourceOf) }),
    ...(what === 'full' ? {} : { actions: what === 'write' ? WRITES : what }),
    ...(from.length === 0 ? {} : { networks: from }),
  };
  return Object.keys(scope).length === 0 ? undefined : scope;
}
