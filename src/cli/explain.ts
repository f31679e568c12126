/** `moraine explain`: may they, and why; the decision that a request would meet, in sentences. */

import { isIP } from 'node:net';
import { pages } from '../admin/means.ts';
import { keyProblem } from '../admin/sessions.ts';
import { nearest } from '../base/nearest.ts';
import { loadConfig } from '../config.ts';
import type { AccessKey, Account } from '../model/entities.ts';
import { createPolicyCache } from '../model/policy/cache.ts';
import { type Explanation, explain as explainInquiry, type Inquiry, InquiryError } from '../ops/explain.ts';
import { HANDLERS } from '../ops/handlers.ts';
import { OPERATIONS, type OperationName, type OperationRow } from '../ops/table.ts';
import type { Caller } from '../ops/types.ts';
import type { Engine, Rows } from '../store/port.ts';
import { type Command, type Context, EXIT, type Input, UsageError } from './command.ts';
import { explainRequest } from './explain-request.ts';
import { answerView, type Credentials, explanationText, namesIn } from './explanation.ts';
import { print } from './print.ts';
import { type Store as OpenStore, STORE_SETTINGS, withEngine } from './store.ts';

export const explain: Command = {
  name: 'explain',
  summary: 'Says whether somebody may do something, which layer decides it, and what would change it.',
  details:
    'It asks the same rules as requests do, and changes nothing. Exit code: 0 allowed, 1 denied or not there, 2 the question ' +
    'is wrong. A copy is two questions: CopyObject to its destination, and GetObject of its source.',
  positionals: [
    { name: 'ACTION', required: false, help: 'An operation (GetObject) or a policy action (s3:GetObject).' },
    { name: 'WHERE', required: false, help: 's3://BUCKET or s3://BUCKET/KEY; left out for ListBuckets.' },
  ],
  options: [
    { name: 'as', value: 'WHO', help: 'An access key id, an account (name or id), or anonymous.' },
    { name: 'version-id', value: 'ID', help: 'Of this version.' },
    { name: 'upload-id', value: 'ID', help: 'Of this multipart upload.' },
    { name: 'prefix', value: 'TEXT', help: 'For listings: of the keys that begin so.' },
    { name: 'from', value: 'ADDRESS', help: 'Sent from this IP address. Default: 127.0.0.1.' },
    { name: 'secure', help: 'Sent over TLS. The default.' },
    { name: 'insecure', help: 'Sent without TLS.' },
    { name: 'v2', help: 'Signed with signature V2.' },
    { name: 'presigned', help: 'With the signature in the address.' },
    { name: 'header', value: 'LINE', many: true, help: '"name: value", as the request would send it; several times.' },
    { name: 'at', value: 'TIME', help: 'As if it were then (2026-01-31T12:00:00Z). Default: now.' },
    {
      name: 'request',
      value: 'ID',
      help: 'Instead of all these: why this request was refused (its x-amz-request-id).',
    },
    { name: 'canonical-request', value: 'FILE', help: 'With --request: what the client signed, to be compared.' },
    { name: 'json', help: 'JSON instead of text.' },
  ],
  settings: STORE_SETTINGS,
  run: (context, input) => {
    const { config } = loadConfig(input.sources);
    if (input.options.has('request')) {
      requireAlone(input);
      return withEngine(context, config, (engine) => explainRequest(context, { config, engine }, input), READING);
    }
    const inquiry = inquiryOf(input);
    const at = timeOf(context, input);
    const use = async (engine: Engine): Promise<number> => {
      const store = { config, engine };
      const who = await whoIs(store, input, at);
      const explanation = await ask(context, store, { inquiry, caller: who.caller, at });
      const answered = { inquiry, explanation, credentials: who.credentials };
      const names = await namesIn(engine.rows, explanation);
      print(context, input.options, answerView(answered), explanationText(answered, names));
      const allowed = explanation.answer === 'allowed' && who.credentials.problem === undefined;
      return allowed ? EXIT.ok : EXIT.failed;
    };
    return withEngine(context, config, use, READING);
  },
};

const READING = Object.freeze({ readOnly: true });

/** A request is what it was: nothing else can be said of it. */
function requireAlone({ options, positionals }: Input): void {
  const others = [
    'as',
    'version-id',
    'upload-id',
    'prefix',
    'from',
    'secure',
    'insecure',
    'v2',
    'presigned',
    'header',
    'at',
  ];
  const given = others.filter((name) => options.has(name)).map((name) => `--${name}`);
  const [extra] = [...positionals, ...given];
  if (extra !== undefined) throw new UsageError(`--request says all: leave out ${extra}`);
}

/** Nothing that is secret is read for a question: it works without the master key. */
type Store = Pick<OpenStore, 'config' | 'engine'>;

interface Question {
  readonly inquiry: Inquiry;
  readonly caller: Caller;
  readonly at: number;
}

async function ask(context: Context, store: Store, { inquiry, caller, at }: Question): Promise<Explanation> {
  const { config, engine } = store;
  const policies = createPolicyCache(config.limits.policyCache);
  const clock = { now: () => at, monotonic: () => context.clock.monotonic() };
  try {
    return await explainInquiry(inquiry, caller, { rows: engine.rows, access: config.access, clock, policies });
  } catch (error) {
    throw error instanceof InquiryError ? new UsageError(error.message) : error;
  }
}

// ----------------------------------------------------------------------------------------------------- who is asked for

interface Who {
  readonly caller: Caller;
  readonly credentials: Credentials;
}

async function whoIs({ engine }: Store, { options }: Input, at: number): Promise<Who> {
  const name = options.get('as');
  if (name === undefined) throw new UsageError('--as is missing: an access key id, an account, or anonymous');
  if (name === 'anonymous') {
    const text = 'Nobody signs the request.';
    return { caller: { kind: 'anonymous' }, credentials: { name, text, hasKey: false, problem: undefined } };
  }
  const identity = await engine.rows.getIdentity(name);
  const account =
    identity?.account ?? (await engine.rows.getAccount({ name })) ?? (await engine.rows.getAccount({ id: name }));
  if (account === undefined) throw await unknownWho(engine.rows, name);
  const signature = options.has('v2') ? 'v2' : 'v4';
  const place = options.has('presigned') ? 'query' : 'header';
  // As a whole account: what it could do with a key that has no scope.
  const key = identity?.key ?? { ...NO_KEY, accountId: account.id };
  const scopes = key.scope === undefined ? [] : [key.scope];
  const caller: Caller = { kind: 'account', account, key, scopes, signature, place, signedAt: at };
  const problem = credentialsProblem(account, key, { at, isV2: signature === 'v2' });
  const shown = identity === undefined ? account.name : `${account.name} (key ${key.accessKeyId})`;
  const text = identity === undefined ? 'The account is active.' : 'The key and its account are active.';
  return { caller, credentials: { name: shown, text, hasKey: identity !== undefined, problem } };
}

const NO_KEY = Object.freeze({ accessKeyId: '', sealedSecret: '', createdAt: 0, allowV2: true, state: 'active' });

/** As `http/identity.ts` has it, in its order. */
function credentialsProblem(
  { name, state }: Account,
  key: AccessKey,
  { at, isV2 }: { readonly at: number; readonly isV2: boolean },
): Credentials['problem'] {
  const ended = keyProblem(key, at);
  if (ended !== undefined) {
    const text = ended === 'revoked' ? 'The key was revoked.' : 'The key has expired.';
    return { text, code: 'InvalidAccessKeyId', remedy: `Make another key: moraine key create ${name}` };
  }
  if (state === 'suspended') {
    const remedy = `Let the account in again: moraine account resume ${name}`;
    return { text: 'The account is suspended.', code: 'AccessDenied', remedy };
  }
  if (!isV2 || key.allowV2) return undefined;
  const remedy = `Sign with version 4, or allow it: moraine key set ${key.accessKeyId} --v2`;
  return { text: 'The key does not allow signature version 2.', code: 'AccessDenied', remedy };
}

async function unknownWho(rows: Rows, name: string): Promise<UsageError> {
  const names = ['anonymous'];
  const all = pages(
    (after, limit) => rows.scanAccounts(after, limit),
    (account) => account.name,
  );
  for await (const account of all) names.push(account.name);
  const near = nearest(name, names);
  const hint = near === undefined ? '`moraine account list` and `moraine key list` show all' : `did you mean ${near}?`;
  return new UsageError(`there is no access key or account ${JSON.stringify(name)}: ${hint}`);
}

// ----------------------------------------------------------------------------------------------------- what is asked for

function inquiryOf({ positionals: [action, where], options, lists }: Input): Inquiry {
  if (action === undefined) throw new UsageError('ACTION is missing: an operation such as GetObject, or --request ID');
  if (options.has('canonical-request')) throw new UsageError('--canonical-request goes with --request');
  const versionId = options.get('version-id');
  const remoteAddress = options.get('from') ?? '127.0.0.1';
  if (isIP(remoteAddress) === 0) throw new UsageError('--from must be an IP address, such as 192.0.2.7');
  if (options.has('secure') && options.has('insecure')) throw new UsageError('give --secure or --insecure, not both');
  return {
    operation: operationOf(action, versionId !== undefined),
    ...placeOf(where),
    versionId,
    uploadId: options.get('upload-id'),
    prefix: options.get('prefix'),
    headers: (lists.get('header') ?? []).map(headerOf),
    remoteAddress,
    secure: !options.has('insecure'),
  };
}

const NAMES = Object.keys(OPERATIONS).filter((name): name is OperationName => name in OPERATIONS);

/** Of several operations with one action: the one that is called like it, then a listing, then any that is built. */
function operationOf(text: string, isVersion: boolean): OperationName {
  const named = NAMES.find((name) => name === text);
  if (named !== undefined) return named;
  const actionsOf = ({ action, versionAction = action }: OperationRow): readonly string[] => [action, versionAction];
  const meant = NAMES.filter((name) => HANDLERS[name] !== undefined && actionsOf(OPERATIONS[name]).includes(text));
  const best =
    meant.find((name) => text.startsWith(`s3:${name}`)) ??
    meant.find((name) => rowOf(name).parameters.includes('prefix')) ??
    meant[0];
  if (best === undefined) {
    const near = nearest(text, [...NAMES, ...NAMES.flatMap((name) => actionsOf(OPERATIONS[name]))]);
    const hint = near === undefined ? 'docs/s3-compatibility.md lists the operations' : `did you mean ${near}?`;
    throw new UsageError(`there is no operation or action ${JSON.stringify(text)}: ${hint}`);
  }
  if (rowOf(best).action !== text && !isVersion) throw new UsageError(`${text} is about a version: add --version-id`);
  return best;
}

const rowOf = (name: OperationName): OperationRow => OPERATIONS[name];

const WHERE = /^s3:\/\/([^/]+)(?:\/(.*))?$/s;

function placeOf(where: string | undefined): Pick<Inquiry, 'bucket' | 'key'> {
  if (where === undefined) return { bucket: undefined, key: undefined };
  const match = WHERE.exec(where);
  if (match === null) throw new UsageError(`${JSON.stringify(where)} is neither s3://BUCKET nor s3://BUCKET/KEY`);
  return { bucket: match[1], key: match[2] || undefined };
}

const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\p{Cc}]*)$/u;

function headerOf(line: string): readonly [name: string, value: string] {
  const [, name, value] = HEADER.exec(line) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError(`--header ${JSON.stringify(line)} is no "name: value"`);
  }
  if (name.toLowerCase() === 'host')
    throw new UsageError('--header Host changes nothing: name the bucket as s3://BUCKET');
  return [name, value];
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

function timeOf({ clock }: Context, { options }: Input): number {
  const text = options.get('at');
  if (text === undefined) return clock.now();
  const at = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new UsageError('--at must be a time in UTC, such as 2026-01-31T12:00:00Z');
  return at;
}
