/**
 * AWS's own model of S3, which PyPI's botocore ships, read for what the tests ask of it: each operation's method, URI and
 * input members, down to every element of its request document.
 */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const ROOT = join(import.meta.dirname, '../..');
const FILE = '.cache/venv/lib/python*/site-packages/botocore/data/s3/2006-03-01/service-2.json.gz';

interface ShapeMember {
  readonly shape: string;
  readonly location?: 'uri' | 'header' | 'headers' | 'querystring';
  readonly locationName?: string;
  readonly xmlAttribute?: boolean;
}
interface Shape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, ShapeMember>>;
  readonly member?: ShapeMember;
  readonly flattened?: boolean;
  readonly enum?: readonly string[];
}
interface RawModel {
  readonly operations: Readonly<
    Record<
      string,
      {
        readonly http: { readonly method: string; readonly requestUri: string };
        readonly input?: { readonly shape: string };
      }
    >
  >;
  readonly shapes: Readonly<Record<string, Shape>>;
}

export type Place = 'uri' | 'header' | 'headers' | 'querystring' | 'element' | 'body';

export interface InputMember {
  readonly place: Place;
  /** As it is sent; of an element the path from the root on, an attribute behind `@`; of `headers` what their names begin with. */
  readonly name: string;
  readonly required: boolean;
  readonly type: string;
  readonly enum: readonly string[];
}

export interface ModelOperation {
  readonly name: string;
  readonly method: string;
  readonly uri: string;
  readonly input: readonly InputMember[];
}

export function readServiceModel(): readonly ModelOperation[] {
  const [path] = globSync(FILE, { cwd: ROOT });
  assert.ok(path !== undefined, `${FILE} is missing. \`npm test\` prepares it; run that once.`);
  const model: RawModel = JSON.parse(gunzipSync(readFileSync(join(ROOT, path))).toString('utf8'));
  return Object.entries(model.operations).map(([name, { http, input }]) => ({
    name,
    method: http.method,
    uri: http.requestUri,
    input: input === undefined ? [] : inputOf(model, shapeOf(model, input.shape)),
  }));
}

function inputOf(model: RawModel, input: Shape): readonly InputMember[] {
  return Object.entries(input.members ?? {}).flatMap(([name, member]) => {
    const { type, enum: values = [] } = shapeOf(model, member.shape);
    const required = input.required?.includes(name) ?? false;
    const sent = member.locationName ?? name;
    if (member.location !== undefined) return [{ place: member.location, name: sent, required, type, enum: values }];
    if (type !== 'structure') return [{ place: 'body' as const, name: sent, required, type, enum: values }];
    return elementsOf(model, member.shape, sent).map((element) => ({ ...element, required }));
  });
}

/** The leaves of a document: what holds text, and structures that hold nothing. */
function elementsOf(model: RawModel, name: string, path: string): readonly Omit<InputMember, 'required'>[] {
  const { type, members, member, flattened = false, enum: values = [] } = shapeOf(model, name);
  if (type === 'structure' && Object.keys(members ?? {}).length > 0) {
    return Object.entries(members ?? {}).flatMap(([each, { shape, locationName = each, xmlAttribute = false }]) =>
      elementsOf(model, shape, xmlAttribute ? `${path}@${locationName}` : `${path}/${locationName}`),
    );
  }
  if (type !== 'list') return [{ place: 'element', name: path, type, enum: values }];
  assert.ok(member !== undefined, `the list ${name} has a member`);
  return elementsOf(model, member.shape, flattened ? path : `${path}/${member.locationName ?? 'member'}`);
}

function shapeOf(model: RawModel, name: string): Shape {
  const shape = model.shapes[name];
  assert.ok(shape !== undefined, `the model names the shape ${name}, so it has one`);
  return shape;
}
