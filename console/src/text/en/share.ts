/** English: sharing an object. */

import { count } from './plural.ts';

export const share = Object.freeze({
  lead: 'Whoever has the link can read this object until it ends, without an account. You can end it any time.',
  public: 'Everyone can read this object already. Its plain address needs no link:',
  ends: 'Ends',
  hours: (many: number) => `after ${count(many, 'hour')}`,
  days: (many: number) => `after ${count(many, 'day')}`,
  opens: 'Opens as',
  ways: Object.freeze({ inline: 'a page in the browser', attachment: 'a download' }),
  version: 'This version only',
  versionHint: 'Otherwise the link opens whatever is current when somebody follows it.',
  make: 'Make a link',
  made: 'Your link',
  qr: 'The link as a QR code',
  copy: 'Copy the link',
  links: 'Links to this object',
  until: 'until',
  revoke: 'Revoke',
  revokeTitle: 'Revoke this link?',
  revokeText: 'It is refused from the next request on, for everybody who has it. You can make another.',
  revokeAct: 'Revoke the link',
  revoked: 'Revoked',
});
