/** Names in addresses, as S3 signs them: UTF-8, everything but unreserved characters encoded (RFC 3986). No `URL`: it folds `.` and `..`. */

const HEX = '0123456789ABCDEF';

const UTF8 = new TextEncoder();

export function encodeName(text: string): string {
  let out = '';
  for (const byte of UTF8.encode(text)) {
    const character = String.fromCharCode(byte);
    out += /[A-Za-z0-9\-._~]/.test(character) ? character : `%${HEX[byte >> 4]}${HEX[byte & 15]}`;
  }
  return out;
}

/** Slashes stay. */
export const encodeKey = (key: string): string => key.split('/').map(encodeName).join('/');

/** Whether a browser can ask for the key by its path. */
export const addressable = (key: string): boolean =>
  !key.split('/').some((segment) => segment === '.' || segment === '..');

/** `+` is no space here: `encoding-type=url` writes `%20` or `+` for spaces and `%2B` for plus. */
export function decodeUrl(text: string): string {
  return decodeURIComponent(text.replaceAll('+', '%20'));
}

export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

export const base64Of = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => UTF8.encode(text);
