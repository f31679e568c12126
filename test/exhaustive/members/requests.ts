/** Requests of the operations, out of AWS's model and the examples, with members added to them. */

import { formOf } from '../../support/form.ts';
import { md5Base64 } from '../../support/s3-world.ts';
import type { InputMember, ModelOperation } from '../../support/service-model.ts';
import type { Example, Tree } from './examples.ts';
import type { Sent } from './stage.ts';

export interface Added {
  readonly member: InputMember;
  readonly value: string;
}

/** The example with these members added, or instead of the values that it has. */
export function requestOf(operation: ModelOperation, example: Example, added: readonly Added[] = []): Sent {
  const { method, uri } = operation;
  const headers = { ...example.headers };
  const query = { ...example.query };
  let { document, body = '' } = example;
  for (const { member, value } of added) {
    const { place, name } = member;
    if (place === 'header') headers[name.toLowerCase()] = value;
    else if (place === 'headers') headers[`${name.toLowerCase()}name`] = value;
    else if (place === 'querystring') query[name] = value;
    else if (place === 'element') document = withElement(document ?? {}, name.replace('@', '/@').split('/'), value);
    else if (place === 'body') body = value;
  }
  const path = uri.replace('{Bucket}', '{bucket}').replace('{Key+}', 'key');
  return { method, path, query, headers, body: document === undefined ? body : xml(document) };
}

/** A PutObject as the browser's form that stands for it: headers become fields. Signed in its own header, it needs no policy. */
export function formOfPut({ path, headers, body }: Sent): Sent {
  const fields = { key: path.slice(path.lastIndexOf('/') + 1), 'content-md5': md5Base64(body), ...headers };
  const form = formOf(Object.entries(fields), { content: body });
  return { method: 'POST', path: '/{bucket}', query: {}, headers: form.headers, body: form.body.toString('utf8') };
}

function withElement(tree: Tree, [name = '', ...rest]: readonly string[], value: string): Tree {
  if (rest.length === 0) return { ...tree, [name]: value };
  const inner = tree[name];
  return { ...tree, [name]: withElement(typeof inner === 'object' ? inner : {}, rest, value) };
}

const xml = (tree: Tree): string =>
  Object.entries(tree)
    .filter(([name]) => !name.startsWith('@'))
    .map(([name, inner]) => {
      const attributes = Object.entries(typeof inner === 'string' ? {} : inner)
        .filter(([each]) => each.startsWith('@'))
        .map(([each, text]) => ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ${each.slice(1)}="${text}"`);
      return `<${name}${attributes.join('')}>${typeof inner === 'string' ? inner : xml(inner)}</${name}>`;
    })
    .join('');
