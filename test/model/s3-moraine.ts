/** Moraine under the random lists: the requests over HTTP, signed, and what of the answers the model predicts. */

import http from 'node:http';
import type { Clock } from '../../src/base/clock.ts';
import { httpDate } from '../../src/wire/values.ts';
import type { OpenedEngine } from '../support/engines.ts';
import { type Answer, answerOf, element, elements, md5Base64, type Send } from '../support/s3-world.ts';
import { startTestServer, type TestAccount, type TestServer } from '../support/server.ts';
import { type Headers, hostOf, rawRequest, signV4, targetOf } from '../support/signer.ts';
import {
  blocks,
  countOf,
  dateOf,
  EPOCH,
  etagOf,
  inOrder,
  keptOf,
  LISTINGS,
  namesOf,
  outcomeOf,
  PARTS,
  type PageForm,
  prefixesOf,
  resultOf,
  unquoted,
} from './s3-answers.ts';
import {
  chosenParts,
  type Of,
  type Outcome,
  PART_BYTES_MIN,
  type ReadConditions,
  type Request,
  type Store,
  type WriteConditions,
} from './s3-requests.ts';

/** One server for each engine over the same data, asked in turn; every list has buckets of its own. */
export class MoraineServers {
  readonly #servers: readonly TestServer[];
  readonly #who: TestAccount;
  readonly #agent = new http.Agent({ keepAlive: true });
  #turn = 0;
  #lists = 0;

  private constructor(servers: readonly TestServer[], who: TestAccount) {
    this.#servers = servers;
    this.#who = who;
  }

  static async start({ engine, others = [] }: OpenedEngine, clock: Clock): Promise<MoraineServers> {
    const limits = { partBytesMin: PART_BYTES_MIN, bucketsPerAccount: Number.MAX_SAFE_INTEGER };
    const first = await startTestServer({ engine, limits, clock });
    const servers = [first];
    for (const other of others) servers.push(await startTestServer({ engine: other, limits, clock, beside: first }));
    return new MoraineServers(servers, await first.addAccount('alice'));
  }

  list(now: () => number): Store {
    this.#lists += 1;
    return new MoraineStore((method, send) => this.#send(method, send, now()), `-${this.#lists}`);
  }

  async #send(method: string, { bucket, key, query, headers = {}, body }: Send, at: number): Promise<Answer> {
    this.#turn += 1;
    const origin = this.#servers[this.#turn % this.#servers.length]?.origin ?? '';
    const host = hostOf(this.#servers[0]?.origin ?? '');
    const target = targetOf(bucket, key, query);
    const { accessKeyId, secret: secretAccessKey } = this.#who;
    const credentials = { accessKeyId, secretAccessKey };
    const payload = body ?? '';
    const signed = signV4({ credentials, method, target, headers: { host, ...headers }, payload, at });
    const request = { origin, method, target, headers: signed, agent: this.#agent };
    return answerOf(await rawRequest(body === undefined ? request : { ...request, body: Buffer.from(body) }));
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    for (const server of this.#servers) await server.stop();
  }
}

type Ask = (method: string, send: Send) => Promise<Answer>;

class MoraineStore implements Store {
  readonly #ask: Ask;
  readonly #suffix: string;

  constructor(ask: Ask, suffix: string) {
    this.#ask = ask;
    this.#suffix = suffix;
  }

  async ask(request: Request): Promise<Outcome> {
    switch (request.do) {
      case 'createBucket':
        return outcomeOf(await this.#ask('PUT', this.#at(request)));
      case 'deleteBucket':
        return outcomeOf(await this.#ask('DELETE', this.#at(request)));
      case 'versioning': {
        const body = `<VersioningConfiguration><Status>${request.to}</Status></VersioningConfiguration>`;
        return outcomeOf(await this.#ask('PUT', { ...this.#at(request), query: { versioning: '' }, body }));
      }
      case 'put': {
        const proof = { 'content-md5': md5Base64(request.body) };
        const headers = {
          'content-type': request.type,
          ...madeWith(request),
          ...proof,
          ...writeHeaders(request.if),
        };
        const answer = await this.#ask('PUT', { ...this.#at(request), headers, body: request.body });
        return { ...outcomeOf(answer), etag: etagOf(answer) };
      }
      case 'read':
        return this.#read(request);
      case 'delete': {
        const headers = {
          ...(request.match !== undefined && { 'if-match': request.match }),
          ...(request.bypass && BYPASS),
        };
        return outcomeOf(await this.#ask('DELETE', { ...this.#at(request), headers }));
      }
      case 'deleteMany':
        return this.#deleteMany(request);
      case 'copy':
        return this.#copy(request);
      case 'lock':
        return this.#lock(request);
      case 'putTags':
      case 'getTags':
      case 'deleteTags':
        return this.#tags(request);
      case 'retain':
      case 'hold':
        return this.#keep(request);
      case 'putAcl':
      case 'getAcl':
        return this.#acl(request);
      case 'list':
        return this.#list(request);
      default:
        return this.#doUpload(request);
    }
  }

  #at(request: { readonly bucket: string; readonly key?: string; readonly version?: string | undefined }): Send {
    const { bucket, key, version } = request;
    return {
      bucket: bucket + this.#suffix,
      ...(key !== undefined && { key }),
      ...(version !== undefined && { query: { versionId: version } }),
    };
  }

  async #read(request: Of<'read'>): Promise<Outcome> {
    const { method, piece, if: conditions } = request;
    const { range, part } = piece;
    const headers = { ...(range !== undefined && { range }), ...readHeaders(conditions) };
    const at = this.#at(request);
    const query = { ...at.query, ...(part !== undefined && { partNumber: String(part) }) };
    const answer = await this.#ask(method, { ...at, query, headers });
    const modified = dateOf(answer.headers['last-modified']);
    const common = { ...outcomeOf(answer), ...namesOf(answer), modified };
    if (answer.status >= 400) return common;
    const kept = keptOf(answer);
    if (answer.status === 304) return { ...common, ...kept, etag: etagOf(answer) };
    return {
      ...common,
      ...kept,
      etag: etagOf(answer),
      type: answer.headers['content-type'],
      size: Number(answer.headers['content-length']),
      range: answer.headers['content-range'],
      count: countOf(answer),
      ...(method === 'GET' && { body: answer.text }),
    };
  }

  async #deleteMany({ bucket, entries, quiet, bypass }: Of<'deleteMany'>): Promise<Outcome> {
    const objects = entries.map(
      ({ key, version }) =>
        `<Object><Key>${key}</Key>${version === undefined ? '' : `<VersionId>${version}</VersionId>`}</Object>`,
    );
    const body = `<Delete><Quiet>${quiet}</Quiet>${objects.join('')}</Delete>`;
    const headers = { 'content-md5': md5Base64(body), ...(bypass && BYPASS) };
    const answer = await this.#ask('POST', { ...this.#at({ bucket }), query: { delete: '' }, headers, body });
    if (answer.status >= 300) return outcomeOf(answer);
    const results = blocks(answer.text, 'Deleted', 'Error').map((block) => ({
      key: element(block, 'Key'),
      version: element(block, 'VersionId'),
      code: element(block, 'Code'),
      ...(element(block, 'DeleteMarker') === 'true' && {
        marker: { version: element(block, 'DeleteMarkerVersionId') },
      }),
    }));
    return { ...outcomeOf(answer), results };
  }

  #sourceHeader({ bucket, key, version }: Of<'copy'>['source']): Headers {
    const path = `/${bucket}${this.#suffix}/${encodeURIComponent(key)}`;
    return { 'x-amz-copy-source': version === undefined ? path : `${path}?versionId=${version}` };
  }

  async #copy(request: Of<'copy'>): Promise<Outcome> {
    const { source, replace, tags, encrypted, if: conditions, sourceIf } = request;
    const headers = {
      ...this.#sourceHeader(source),
      ...writeHeaders(conditions),
      ...Object.fromEntries(
        Object.entries(readHeaders(sourceIf)).map(([name, value]) => [`x-amz-copy-source-${name}`, value]),
      ),
      ...(encrypted && ENCRYPTED),
      ...(tags !== undefined && { 'x-amz-tagging-directive': 'REPLACE', ...tagHeader(tags) }),
      ...(replace !== undefined && { 'x-amz-metadata-directive': 'REPLACE', 'content-type': replace }),
    };
    const answer = await this.#ask('PUT', { ...this.#at(request), headers });
    if (answer.status >= 300) return outcomeOf(answer);
    const from = { version: answer.headers['x-amz-copy-source-version-id'] };
    return { ...outcomeOf(answer), ...resultOf(answer.text), source: from };
  }

  async #lock({ bucket, mode }: Of<'lock'>): Promise<Outcome> {
    const rule = `<Rule><DefaultRetention><Mode>${mode}</Mode><Days>1</Days></DefaultRetention></Rule>`;
    const enabled = '<ObjectLockEnabled>Enabled</ObjectLockEnabled>';
    const body = `<ObjectLockConfiguration>${enabled}${mode === undefined ? '' : rule}</ObjectLockConfiguration>`;
    return outcomeOf(await this.#ask('PUT', { ...this.#at({ bucket }), query: { 'object-lock': '' }, body }));
  }

  async #tags(request: Of<'putTags'> | Of<'getTags'> | Of<'deleteTags'>): Promise<Outcome> {
    const at = this.#at(request);
    const asked = { ...at, query: { tagging: '', ...at.query } };
    if (request.do === 'deleteTags') return outcomeOf(await this.#ask('DELETE', asked));
    if (request.do === 'putTags') return outcomeOf(await this.#ask('PUT', { ...asked, body: tagging(request.tags) }));
    const answer = await this.#ask('GET', asked);
    const found = blocks(answer.text, 'Tag').map((block) => `${element(block, 'Key')}=${element(block, 'Value')}`);
    return { ...outcomeOf(answer), ...(answer.status < 300 && { tags: found.join('&') }) };
  }

  /** Retention and legal hold. */
  async #keep(request: Of<'retain'> | Of<'hold'>): Promise<Outcome> {
    const at = this.#at(request);
    if (request.do === 'hold') {
      const body = `<LegalHold><Status>${request.on ? 'ON' : 'OFF'}</Status></LegalHold>`;
      return outcomeOf(await this.#ask('PUT', { ...at, query: { 'legal-hold': '', ...at.query }, body }));
    }
    const until = new Date(EPOCH + request.until * 1000).toISOString();
    const body = `<Retention><Mode>${request.mode}</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`;
    const headers = request.bypass ? BYPASS : {};
    return outcomeOf(await this.#ask('PUT', { ...at, query: { retention: '', ...at.query }, headers, body }));
  }

  async #acl(request: Of<'putAcl'> | Of<'getAcl'>): Promise<Outcome> {
    const at = this.#at(request);
    const query = { acl: '', ...at.query };
    const headers = request.do === 'putAcl' ? { 'x-amz-acl': request.canned } : {};
    const answer = await this.#ask(request.do === 'putAcl' ? 'PUT' : 'GET', { ...at, query, headers });
    if (answer.status >= 300) return outcomeOf(answer);
    const grants = request.do === 'getAcl' ? elements(answer.text, 'Grant').length : undefined;
    return { status: answer.status, grants };
  }

  async #doUpload(request: Of<'begin' | 'part' | 'partCopy' | 'complete' | 'abort' | 'listParts'>): Promise<Outcome> {
    if (request.do === 'begin') {
      const headers = { 'content-type': request.type, ...madeWith(request) };
      const answer = await this.#ask('POST', { ...this.#at(request), query: { uploads: '' }, headers });
      return { ...outcomeOf(answer), upload: element(answer.text, 'UploadId') };
    }
    const { bucket, key, id: uploadId } = request.upload;
    const at = { ...this.#at({ bucket, key }), query: { uploadId } };
    switch (request.do) {
      case 'part': {
        const query = { partNumber: String(request.number), uploadId };
        const answer = await this.#ask('PUT', { ...at, query, body: request.body });
        return { ...outcomeOf(answer), etag: etagOf(answer) };
      }
      case 'partCopy': {
        const { number, source, range } = request;
        const headers = {
          ...this.#sourceHeader(source),
          ...(range !== undefined && { 'x-amz-copy-source-range': range }),
        };
        const answer = await this.#ask('PUT', { ...at, query: { partNumber: String(number), uploadId }, headers });
        return { ...outcomeOf(answer), ...(answer.status < 300 && resultOf(answer.text)) };
      }
      case 'complete': {
        const parts = chosenParts(request).map(
          ([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>"${etag}"</ETag></Part>`,
        );
        const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
        const answer = await this.#ask('POST', { ...at, headers: writeHeaders(request.if), body });
        return { ...outcomeOf(answer), etag: unquoted(element(answer.text, 'ETag'), answer) };
      }
      case 'abort':
        return outcomeOf(await this.#ask('DELETE', at));
      case 'listParts':
        return this.#pages({ ...at, query: { uploadId, 'max-parts': String(request.limit) } }, PARTS);
    }
  }

  #list(request: Of<'list'>): Promise<Outcome> {
    const { kind, prefix, delimiter, after, limit } = request;
    const { select, page, most, marker } = LISTINGS[kind];
    const query = {
      ...select,
      prefix,
      delimiter,
      [most]: String(limit),
      ...(after !== undefined && { [marker]: after }),
    };
    return this.#pages({ ...this.#at(request), query }, page);
  }

  /** All pages, each asked for with what the one before said. */
  async #pages(first: Send, { entries, next }: PageForm): Promise<Outcome> {
    const pages: unknown[] = [];
    for (let query: Headers | undefined = first.query; query !== undefined; ) {
      const answer: Answer = await this.#ask('GET', { ...first, query });
      if (answer.status >= 300) return outcomeOf(answer);
      // Entries and common prefixes come apart; together they are in the order of their names.
      pages.push(inOrder([...entries(answer.text), ...prefixesOf(answer.text)]));
      query = element(answer.text, 'IsTruncated') === 'true' ? { ...first.query, ...next(answer.text) } : undefined;
      if (pages.length > 1000) throw new Error('a listing without an end');
    }
    return { status: 200, pages };
  }
}

// --------------------------------------------------------------------------------------------------------- conditions

const at = (seconds: number): string => httpDate(EPOCH + seconds * 1000);

const readHeaders = ({ match, noneMatch, modifiedSince, unmodifiedSince }: ReadConditions): Headers => ({
  ...(match !== undefined && { 'if-match': match }),
  ...(noneMatch !== undefined && { 'if-none-match': noneMatch }),
  ...(modifiedSince !== undefined && { 'if-modified-since': at(modifiedSince) }),
  ...(unmodifiedSince !== undefined && { 'if-unmodified-since': at(unmodifiedSince) }),
});

const writeHeaders = ({ match, noneMatch }: WriteConditions): Headers => ({
  ...(match !== undefined && { 'if-match': match }),
  ...(noneMatch !== undefined && { 'if-none-match': noneMatch }),
});

const BYPASS = { 'x-amz-bypass-governance-retention': 'true' };

const ENCRYPTED = { 'x-amz-server-side-encryption': 'AES256' };

const tagHeader = (tags: string): Headers => (tags === '' ? {} : { 'x-amz-tagging': tags });

const madeWith = ({ tags, encrypted }: { readonly tags: string; readonly encrypted: boolean }): Headers => ({
  ...tagHeader(tags),
  ...(encrypted && ENCRYPTED),
});

/** Tags as a document. */
function tagging(tags: string): string {
  const set = tags.split('&').flatMap((tag) => {
    const [name = '', value = ''] = tag.split('=');
    return name === '' ? [] : [`<Tag><Key>${name}</Key><Value>${value}</Value></Tag>`];
  });
  return `<Tagging><TagSet>${set.join('')}</TagSet></Tagging>`;
}
