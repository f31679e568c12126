/**
 * How an object may be shown here. We decide, by a list of what is harmless, never the object: what it says of itself is a hint, and
 * HTML, XML and scripts are text.
 */

export type PreviewKind = 'image' | 'audio' | 'video' | 'pdf' | 'text' | 'json';

export interface Shown {
  readonly kind: PreviewKind;
  /** The type that S3 is asked to answer with. */
  readonly type: string;
}

const IMAGES = 'png jpeg gif webp avif bmp svg+xml x-icon vnd.microsoft.icon';
const AUDIO = 'mpeg mp4 ogg opus wav x-wav flac x-flac aac webm';
const VIDEO = 'mp4 webm ogg quicktime';

/** Text that is not `text/…`. */
const TEXTS = new Set([
  ...['application/xml', 'application/javascript', 'application/x-javascript', 'application/xhtml+xml'],
  ...['application/yaml', 'application/x-yaml', 'application/toml', 'application/sql', 'application/x-sh'],
  'application/x-ndjson',
]);

const EXTENSIONS = new Map<string, string>(
  Object.entries({
    ...{ png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp' },
    ...{ avif: 'image/avif', bmp: 'image/bmp', svg: 'image/svg+xml', ico: 'image/x-icon' },
    ...{ mp3: 'audio/mpeg', m4a: 'audio/mp4', oga: 'audio/ogg', ogg: 'audio/ogg', opus: 'audio/ogg', wav: 'audio/wav' },
    ...{ flac: 'audio/flac', aac: 'audio/aac', mp4: 'video/mp4', m4v: 'video/mp4', webm: 'video/webm' },
    ...{ mov: 'video/quicktime', ogv: 'video/ogg', pdf: 'application/pdf', json: 'application/json' },
  }),
);

const TEXT_EXTENSIONS = new Set(
  (
    'txt md csv tsv xml yaml yml log html htm css js mjs ts tsx jsx py sh rs go c h cpp java toml ini conf cfg sql ' +
    'env properties ndjson rst tex diff patch'
  ).split(' '),
);

/** Said by programs that know nothing of the file. */
const UNKNOWN = new Set(['', 'application/octet-stream', 'binary/octet-stream', 'application/x-www-form-urlencoded']);

const bare = (contentType: string): string => (contentType.split(';')[0] ?? '').trim().toLowerCase();

function byType(type: string): Shown | undefined {
  const [group = '', name = ''] = type.split('/');
  if (group === 'image' && IMAGES.split(' ').includes(name)) return { kind: 'image', type };
  if (group === 'audio' && AUDIO.split(' ').includes(name)) return { kind: 'audio', type };
  if (group === 'video' && VIDEO.split(' ').includes(name)) return { kind: 'video', type };
  if (type === 'application/pdf') return { kind: 'pdf', type };
  if (type === 'application/json' || (group === 'application' && name.endsWith('+json')))
    return { kind: 'json', type: 'text/plain' };
  if (group === 'text' || TEXTS.has(type) || name.endsWith('+xml')) return { kind: 'text', type: 'text/plain' };
  return undefined;
}

/** Undefined: it can only be downloaded. */
export function shownAs(key: string, contentType: string | undefined): Shown | undefined {
  const type = bare(contentType ?? '');
  if (!UNKNOWN.has(type)) return byType(type);
  const name = key.slice(key.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  const extension = dot < 0 ? '' : name.slice(dot + 1).toLowerCase();
  if (TEXT_EXTENSIONS.has(extension)) return { kind: 'text', type: 'text/plain' };
  return byType(EXTENSIONS.get(extension) ?? '');
}

/** Of the first bytes, as text; undefined: it is none. Of a text that is cut, the last character may be half. */
export function textIn(bytes: Uint8Array, whole: boolean): string | undefined {
  const mark =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : '';
  if (mark !== '') return new TextDecoder(mark).decode(bytes);
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !whole });
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** Indented, where it is JSON as a whole; as it is otherwise. */
export function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
