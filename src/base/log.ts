/**
 * The log: one JSON line per event, to stderr, through pino. Nothing reaches it that is not named here or at the call.
 *
 * The access log is an allow-list, not a filter: a request's headers, its query and its signature have no field to
 * land in. Lines are gathered and written together, because a system call per request would cost more than the line;
 * warnings and errors go out at once, and what is gathered goes out every `FLUSH_MS` and on `flush`.
 */

import { pino } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export const LOG_LEVELS: readonly LogLevel[] = Object.freeze(['debug', 'info', 'warn', 'error', 'silent'] as const);

/** Plain values only: a secret is an object of its own type and does not fit. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One answered request. Sizes in bytes of bodies without framing of HTTP, duration in milliseconds. */
export interface AccessRecord {
  readonly requestId: string;
  /** S3's name of the operation; undefined when the request was refused before that was known. */
  readonly operation: string | undefined;
  readonly method: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** 0 when the client went before it was answered. Of a failure after a 200 had begun, the one it would have had. */
  readonly status: number;
  readonly code: string | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
  /** The whole answer was handed to the connection. */
  readonly complete: boolean;
  /** As claimed. Proven, unless `code` says that the signature or the key was refused. */
  readonly accessKeyId: string | undefined;
  readonly remote: string;
  readonly userAgent: string | undefined;
}

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields, error?: unknown): void;
  error(message: string, fields?: LogFields, error?: unknown): void;
  /** Written at level `info`. */
  access(record: AccessRecord): void;
  /** Writes out what is gathered, now. */
  flush(): void;
}

/** Where lines go: a file descriptor, or a function that takes them (tests). */
export type LogSink = number | ((line: string) => void);

/** Characters gathered before a write, and the longest a line waits. */
const GATHER_CHARACTERS = 8 * 1024;
const FLUSH_MS = 500;

/** Makes the log. Call `flush` before the process ends; lines not flushed by then are lost. */
export function createLog(level: LogLevel, sink: LogSink = 2): Log {
  const stream = typeof sink === 'number' ? gatherer(sink) : { write: sink, flush: () => {} };
  const timestamp = isoTimestamps();
  const formatters = { level: (label: string) => ({ level: label }) };
  const logger = pino({ level, base: null, timestamp, formatters }, { write: stream.write });
  const loud = (name: 'warn' | 'error', message: string, fields: LogFields, error: unknown) => {
    logger[name](error === undefined ? fields : { ...fields, ...describe(error) }, message);
    stream.flush();
  };
  // One line per request is where logging costs: written directly it takes a quarter of the time, in the same form.
  const access = (record: AccessRecord) =>
    stream.write(`{"level":"info"${timestamp()},"msg":"request",${JSON.stringify(record).slice(1)}\n`);
  return Object.freeze({
    debug: (message: string, fields: LogFields = {}) => logger.debug(fields, message),
    info: (message: string, fields: LogFields = {}) => logger.info(fields, message),
    warn: (message: string, fields: LogFields = {}, error?: unknown) => loud('warn', message, fields, error),
    error: (message: string, fields: LogFields = {}, error?: unknown) => loud('error', message, fields, error),
    access: logger.isLevelEnabled('info') ? access : () => {},
    flush: stream.flush,
  });
}

/** The field `time` in ISO 8601; the part up to the second is made once a second. */
function isoTimestamps(): () => string {
  let second = -1;
  let prefix = '';
  return () => {
    const now = Date.now();
    const current = Math.floor(now / 1000);
    if (current !== second) {
      second = current;
      prefix = `,"time":"${new Date(current * 1000).toISOString().slice(0, 20)}`;
    }
    return `${prefix}${String(now - current * 1000).padStart(3, '0')}Z"`;
  };
}

/** Joins lines before they are written; the destination sees to short writes and full pipes. */
function gatherer(descriptor: number) {
  const destination = pino.destination({ dest: descriptor, sync: true, minLength: 0 });
  let lines: string[] = [];
  let characters = 0;
  // Handed to the kernel, not forced to the disk: a log that does that costs more than the requests it tells of.
  const flush = () => {
    if (characters > 0) destination.write(lines.join(''));
    lines = [];
    characters = 0;
  };
  const write = (line: string) => {
    lines.push(line);
    characters += line.length;
    if (characters >= GATHER_CHARACTERS) flush();
  };
  setInterval(flush, FLUSH_MS).unref();
  process.on('exit', flush);
  return { write, flush };
}

/** Name, text and stack of an error and of what caused it. Errors carry no secrets: those are values of their own type. */
function describe(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: String(error) };
  const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : undefined;
  return { error: error.message, errorName: error.constructor.name, stack: error.stack, cause };
}
