/** `moraine explain --request`: why a request was refused, as it was decided then; of signatures, what the client did otherwise. */

import { readFileSync } from 'node:fs';
import type { Secret } from '../base/secret.ts';
import type { Config } from '../config.ts';
import { explanationOf, type KeptSignature, type RefusalRecord, readRefusal } from '../ops/refusal.ts';
import { type Diagnosis, diagnose, type Signed } from '../sign/diagnose.ts';
import { parseTimestamp } from '../sign/times.ts';
import type { Engine } from '../store/port.ts';
import { parseRequest } from '../wire/request.ts';
import { CommandError, type Context, EXIT, type Input, UsageError } from './command.ts';
import { answerView, explanationText, namesIn } from './explanation.ts';
import { print, visible } from './print.ts';
import { sealerOf } from './store.ts';

interface Store {
  readonly config: Config;
  readonly engine: Engine;
}

/** As the S3 port makes them. */
const REQUEST_ID = /^[0-9A-F]{16}$/;

export async function explainRequest(context: Context, store: Store, input: Input): Promise<number> {
  const id = (input.options.get('request') ?? '').toUpperCase();
  if (!REQUEST_ID.test(id))
    throw new UsageError('--request must be a request id: 16 hex digits, as the answer’s x-amz-request-id has it');
  const refusal = await store.engine.rows.getRefusal(id);
  if (refusal === undefined) {
    throw new CommandError(
      `nothing is kept of request ${id}: only refused requests are, the newest of a week, a second after they were answered`,
    );
  }
  const record = readRefusal(refusal.record);
  const { lines, diagnosis } = await signatureLines(context, store, { record, at: refusal.at });
  const rights = await rightsText(store, record);
  const compared = comparedLines(input, diagnosis);
  const text = [...headLines(id, refusal.at, record), ...lines, ...compared, ...rights.lines].join('\n');
  const view = { requestId: id, at: new Date(refusal.at).toISOString(), ...record, rights: rights.view, diagnosis };
  print(context, input.options, view, `${text}\n`);
  return EXIT.failed;
}

function headLines(id: string, at: number, record: RefusalRecord): readonly string[] {
  const { method, bucket, key, remoteAddress, secure, accessKeyId, code, status, message } = record;
  const place = bucket === undefined ? '/' : `/${bucket}${key === undefined ? '' : `/${key}`}`;
  const signed = accessKeyId === undefined ? 'not signed' : `signed with key ${accessKeyId}`;
  return [
    visible(`Request ${id} was refused at ${new Date(at).toISOString()}: ${status} ${code} (${message})`),
    visible(`  ${method} ${place} from ${remoteAddress}, ${secure ? 'over' : 'without'} TLS, ${signed}`),
    '',
  ];
}

// ----------------------------------------------------------------------------------------------------------- rights

async function rightsText({ engine }: Store, record: RefusalRecord) {
  const { explanation: kept, operation, accessKeyId } = record;
  if (kept === undefined || operation === undefined) return { lines: [], view: undefined };
  const explanation = explanationOf(kept);
  const identity = accessKeyId === undefined ? undefined : await engine.rows.getIdentity(accessKeyId);
  const name =
    accessKeyId === undefined
      ? 'anonymous'
      : identity === undefined
        ? accessKeyId
        : `${identity.account.name} (key ${accessKeyId})`;
  const text = accessKeyId === undefined ? 'Nobody signed the request.' : 'The signature was right.';
  const credentials = { name, text, hasKey: accessKeyId !== undefined, problem: undefined };
  const inquiry = { operation, bucket: record.bucket, key: record.key, versionId: record.versionId };
  const answered = { inquiry, explanation, credentials };
  const names = await namesIn(engine.rows, explanation);
  const what = [operation, record.bucket && `s3://${record.bucket}${record.key === undefined ? '' : `/${record.key}`}`];
  const again = `How it would be decided now: moraine explain ${what.filter(Boolean).join(' ')} --as ${accessKeyId ?? 'anonymous'}`;
  return { lines: [explanationText(answered, names), visible(again)], view: answerView(answered) };
}

// -------------------------------------------------------------------------------------------------------- signatures

async function signatureLines(
  context: Context,
  store: Store,
  { record, at }: { readonly record: RefusalRecord; readonly at: number },
): Promise<{ readonly lines: readonly string[]; readonly diagnosis?: Diagnosis }> {
  const { signature, code } = record;
  if (signature === undefined) return { lines: [] };
  const facts = [...clockLines(signature, at, store.config), ...regionLines(signature, store.config)];
  if (code !== 'SignatureDoesNotMatch') return { lines: [...facts, ...keyLines(record)] };
  const signed = signedOf(record, signature, store.config);
  const identity =
    record.accessKeyId === undefined ? undefined : await store.engine.rows.getIdentity(record.accessKeyId);
  if (signed === undefined || identity === undefined) {
    const why = signature.place === 'form' ? FORM : signature.version === 'v2' ? 'version 2' : NOT_KEPT;
    return {
      lines: [...facts, `  What the client signed cannot be guessed (${why}). Compare its secret and its clock first.`],
    };
  }
  const sealer = await sealerOf(store.config, store.engine.rows, { random: context.random, create: false });
  const secret: Secret = sealer.unseal('access-key', identity.key.accessKeyId, identity.key.sealedSecret);
  const diagnosis = diagnose(signed, secret, { hosts: store.config.hostNames, region: store.config.region });
  return { lines: [...facts, ...causeLines(diagnosis)], diagnosis };
}

const FORM = 'the policy of a browser’s form, which is not kept';
const NOT_KEPT = 'temporary credentials, or a head too large to keep';

const line = (mark: string, name: string, text: string): string => `${mark} ${name.padEnd(11)}${visible(text)}`;

function clockLines({ timestamp, place, expires }: KeptSignature, at: number, { limits }: Config): readonly string[] {
  const signedAt = timestamp === undefined ? undefined : parseTimestamp(timestamp);
  // A form holds as long as its policy says.
  if (signedAt === undefined || place === 'form') return [];
  const age = Math.round((at - signedAt) / 1000);
  const skew = limits.clockSkewMs / 1000;
  const isAddress = place === 'query' && expires !== undefined;
  const most = isAddress ? Number.parseInt(expires, 10) : skew;
  const said = age >= 0 ? `signed ${age} s before it came` : `signed for ${-age} s after it came`;
  const allowed = isAddress ? `the address holds for ${expires} s` : `${skew} s are allowed either way`;
  if (age <= most && age >= -skew) return [line(' ', 'clock', `${said}; ${allowed}`)];
  const remedy = isAddress && age > most ? 'Make a new address.' : 'Set the clock of the client.';
  return [line('>', 'clock', `${said}; ${allowed}. ${remedy}`)];
}

function regionLines({ region, service }: KeptSignature, config: Config): readonly string[] {
  if (region === undefined) return [];
  const isRight = region === config.region && service === 's3';
  const text = `signed for region ${region} and service ${service}; this server is region ${config.region}, service s3`;
  return [line(isRight ? ' ' : '>', 'region', text)];
}

function keyLines({ code, accessKeyId }: RefusalRecord): readonly string[] {
  if (code === 'InvalidAccessKeyId') {
    return [
      line('>', 'key', `There was no such key, or it was revoked or expired: ${accessKeyId}. See moraine key list.`),
    ];
  }
  if (code === 'InvalidToken' || code === 'ExpiredToken') {
    return [
      line(
        '>',
        'token',
        'The session token is over, was ended, or is not one of this service for this key. Get new temporary credentials.',
      ),
    ];
  }
  return [];
}

function signedOf(record: RefusalRecord, signature: KeptSignature, { hostNames, limits }: Config): Signed | undefined {
  const { head, date, region, service, timestamp, signedHeaders, place, digest } = signature;
  if (place === 'form' || head === undefined || signedHeaders === undefined || timestamp === undefined)
    return undefined;
  if (date === undefined || region === undefined || service === undefined) return undefined;
  const { method, remoteAddress, secure } = record;
  const raw = { method, target: head.target, rawHeaders: head.headers, remoteAddress, secure };
  const request = parseRequest(raw, hostNames, limits);
  if (signedHeaders.some((name) => !request.headers.has(name))) return undefined;
  return { request, scope: { date, region, service }, timestamp, place, signedHeaders, digest };
}

function causeLines({ cause, canonicalRequest, stringToSign }: Diagnosis): readonly string[] {
  if (cause !== undefined) return [line('>', 'signature', cause)];
  return [
    line(
      '>',
      'signature',
      'No known mistake fits: the secret may be another one, or what was signed was changed on its way.',
    ),
    '',
    'What the server signed. Compare it with what the client says it signed (its debug output), line by line:',
    '',
    ...indented(canonicalRequest),
    '',
    ...indented(stringToSign),
    '',
    'With the client’s canonical request in a file, --canonical-request FILE shows the lines that differ.',
  ];
}

const indented = (text: string): readonly string[] =>
  Buffer.from(text, 'latin1')
    .toString('utf8')
    .split('\n')
    .map((each) => `    ${visible(each)}`);

/** Largest file that is compared, bytes. */
const FILE_BYTES = 64 * 1024;

function comparedLines({ options }: Input, diagnosis: Diagnosis | undefined): readonly string[] {
  const path = options.get('canonical-request');
  if (path === undefined) return [];
  if (diagnosis === undefined)
    throw new UsageError('--canonical-request is for refused signatures of version 4 whose head was kept');
  const theirs = readText(path).split('\n');
  const ours = Buffer.from(diagnosis.canonicalRequest, 'latin1').toString('utf8').split('\n');
  const differing = Array.from({ length: Math.max(theirs.length, ours.length) }, (_, at) => at).filter(
    (at) => theirs[at] !== ours[at],
  );
  if (differing.length === 0)
    return ['', 'The client signed the same canonical request: then its secret or its scope is another.'];
  const lines = differing.flatMap((at) => [
    `  line ${at + 1}, client: ${visible(theirs[at] ?? '(none)')}`,
    `  line ${at + 1}, server: ${visible(ours[at] ?? '(none)')}`,
  ]);
  return ['', 'Lines of the canonical request that differ:', ...lines];
}

function readText(path: string): string {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > FILE_BYTES) throw new Error(`is larger than ${FILE_BYTES} bytes`);
    return bytes.toString('utf8').replace(/\n$/, '');
  } catch (error) {
    throw new UsageError(`--canonical-request ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
