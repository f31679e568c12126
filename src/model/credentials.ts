/**
 * Rules for access key ids, secrets and account names: what may be created, imported or given at first start.
 *
 * An access key id stands inside `Credential=ID/date/…` (V4) and `AWS ID:signature` (V2), so it holds no separator of
 * either. AWS's own ids have 16 to 128 characters and secrets 40; stores that people migrate from allow shorter ones.
 *
 * Each check answers what is wrong, as the end of a sentence, or undefined. Secrets are never repeated in a message.
 */

const ACCESS_KEY_ID = /^[A-Za-z0-9._@-]{3,128}$/;
const SECRET = /^[\x21-\x7e]{8,128}$/;
const EMAIL = /^[^\s@\p{C}]{1,64}@[^\s@\p{C}]{1,189}$/u;
const NAME = /^[^\s\p{C}](?:[^\p{C}]{0,62}[^\s\p{C}])?$/u;

export function accessKeyIdProblem(text: string): string | undefined {
  return ACCESS_KEY_ID.test(text) ? undefined : 'must be 3 to 128 characters of A-Z, a-z, 0-9, ".", "_", "@" and "-"';
}

export function secretKeyProblem(text: string): string | undefined {
  return SECRET.test(text) ? undefined : 'must be 8 to 128 printable ASCII characters without spaces';
}

export function accountNameProblem(text: string): string | undefined {
  return NAME.test(text)
    ? undefined
    : 'must be 1 to 64 characters, without control characters and without white space at either end';
}

export function emailProblem(text: string): string | undefined {
  return EMAIL.test(text) ? undefined : 'must be an e-mail address such as ana@example.org';
}
