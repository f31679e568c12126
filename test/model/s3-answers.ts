/** Answers of Moraine as outcomes: what of headers and documents the model of S3 predicts. */

import { type Answer, element } from '../support/s3-world.ts';
import type { Headers } from '../support/signer.ts';
import type { Of, Outcome } from './s3-requests.ts';

/** Where the clocks of all lists stand at their beginnings. */
export const EPOCH = Date.UTC(2026, 0, 1);

/** Of what is refused only the code; but a read tells which marker it met. */
export function outcomeOf(answer: Answer): Outcome {
  const { status, code } = answer;
  return status >= 400 ? { status, code } : { status, ...namesOf(answer) };
}

export const namesOf = ({ headers }: Answer) => ({
  version: headers['x-amz-version-id'],
  ...(headers['x-amz-delete-marker'] === 'true' && { marker: true }),
});

/** What a read tells of tags and lock. */
export function keptOf({ headers }: Answer) {
  const [count, hold] = [headers['x-amz-tagging-count'], headers['x-amz-object-lock-legal-hold']];
  const mode = headers['x-amz-object-lock-mode'];
  const until = headers['x-amz-object-lock-retain-until-date'];
  return {
    encrypted: headers['x-amz-server-side-encryption'] === 'AES256',
    tags: count === undefined ? undefined : Number(count),
    retention: mode === undefined ? undefined : { mode, until: dateOf(String(until)) },
    hold: hold === undefined ? undefined : hold === 'ON',
  };
}

export const countOf = ({ headers }: Answer): number | undefined =>
  headers['x-amz-mp-parts-count'] === undefined ? undefined : Number(headers['x-amz-mp-parts-count']);

export const unquoted = (etag: string | undefined, { status }: Answer): string | undefined =>
  status < 300 ? etag?.replaceAll('"', '') : undefined;
export const etagOf = (answer: Answer): string | undefined =>
  answer.status < 400 ? answer.headers.etag?.replaceAll('"', '') : undefined;
/** Seconds since the list began. */
export const dateOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : (Date.parse(text) - EPOCH) / 1000;

export const resultOf = (text: string) => ({
  etag: element(text, 'ETag')?.replaceAll('"', ''),
  modified: dateOf(element(text, 'LastModified')),
});

/** The elements of these names, in their order, as they are written. */
export const blocks = (xml: string, ...names: readonly string[]): readonly string[] =>
  [...xml.matchAll(new RegExp(`<(${names.join('|')})>[^]*?</\\1>`, 'g'))].map(([block]) => block);

// ----------------------------------------------------------------------------------------------------------- listings

export interface PageForm {
  readonly entries: (xml: string) => readonly Entry[];
  readonly next: (xml: string) => Headers;
}

type Entry = Readonly<Record<string, unknown>>;

const sizeOf = (block: string): number => Number(element(block, 'Size'));

const objects = (xml: string): readonly Entry[] =>
  blocks(xml, 'Contents').map((block) => ({ key: element(block, 'Key'), size: sizeOf(block), ...resultOf(block) }));

const versions = (xml: string): readonly Entry[] =>
  blocks(xml, 'Version', 'DeleteMarker').map((block) => {
    const common = {
      key: element(block, 'Key'),
      version: element(block, 'VersionId'),
      latest: element(block, 'IsLatest') === 'true',
    };
    if (!block.startsWith('<DeleteMarker>')) return { ...common, size: sizeOf(block), ...resultOf(block) };
    return { ...common, marker: true, modified: dateOf(element(block, 'LastModified')) };
  });

const uploads = (xml: string): readonly Entry[] =>
  blocks(xml, 'Upload').map((block) => ({
    key: element(block, 'Key'),
    upload: element(block, 'UploadId'),
    modified: dateOf(element(block, 'Initiated')),
  }));

export const prefixesOf = (xml: string): readonly Entry[] =>
  blocks(xml, 'CommonPrefixes').map((block) => ({ prefix: element(block, 'Prefix') }));

/** Entries of one key stay as they came. */
export const inOrder = (entries: readonly Entry[]): readonly Entry[] => {
  const name = ({ key, prefix }: Entry) => Buffer.from(String(key ?? prefix ?? ''));
  return [...entries].sort((a, b) => Buffer.compare(name(a), name(b)));
};

/** The parameters that the next page is asked for with, from the elements that say them. */
const following =
  (names: Readonly<Record<string, string>>) =>
  (xml: string): Headers =>
    Object.fromEntries(
      Object.entries(names).flatMap(([parameter, name]) => {
        const value = element(xml, name);
        return value === undefined ? [] : [[parameter, value]];
      }),
    );

export const PARTS: PageForm = {
  entries: (xml) =>
    blocks(xml, 'Part').map((block) => ({
      number: Number(element(block, 'PartNumber')),
      size: sizeOf(block),
      ...resultOf(block),
    })),
  next: following({ 'part-number-marker': 'NextPartNumberMarker' }),
};

export const LISTINGS: Readonly<
  Record<
    Of<'list'>['kind'],
    { readonly select: Headers; readonly most: string; readonly marker: string; readonly page: PageForm }
  >
> = {
  V1: {
    select: {},
    most: 'max-keys',
    marker: 'marker',
    // Without a delimiter the last key is the marker.
    page: {
      entries: objects,
      next: (xml) => ({ marker: element(xml, 'NextMarker') ?? String(objects(xml).at(-1)?.key) }),
    },
  },
  V2: {
    select: { 'list-type': '2' },
    most: 'max-keys',
    marker: 'start-after',
    page: { entries: objects, next: following({ 'continuation-token': 'NextContinuationToken' }) },
  },
  versions: {
    select: { versions: '' },
    most: 'max-keys',
    marker: 'key-marker',
    page: {
      entries: versions,
      next: following({ 'key-marker': 'NextKeyMarker', 'version-id-marker': 'NextVersionIdMarker' }),
    },
  },
  uploads: {
    select: { uploads: '' },
    most: 'max-uploads',
    marker: 'key-marker',
    page: {
      entries: uploads,
      next: following({ 'key-marker': 'NextKeyMarker', 'upload-id-marker': 'NextUploadIdMarker' }),
    },
  },
};
