/** German: sharing an object. */

import { count } from './plural.ts';

export const share = Object.freeze({
  lead: 'Wer den Link hat, kann dieses Objekt ohne Konto lesen, bis der Link abläuft. Sie können ihn jederzeit widerrufen.',
  public: 'Dieses Objekt können schon alle lesen. Seine gewöhnliche Adresse braucht keinen Link:',
  ends: 'Läuft ab',
  hours: (many: number) => `nach ${count(many, 'Stunde', 'Stunden')}`,
  days: (many: number) => `nach ${count(many, 'Tag', 'Tagen')}`,
  opens: 'Öffnet sich als',
  ways: Object.freeze({ inline: 'Seite im Browser', attachment: 'Download' }),
  version: 'Nur diese Version',
  versionHint: 'Sonst öffnet der Link, was gerade aktuell ist, wenn ihm jemand folgt.',
  make: 'Link erstellen',
  made: 'Ihr Link',
  qr: 'Der Link als QR-Code',
  copy: 'Link kopieren',
  links: 'Links zu diesem Objekt',
  until: 'bis',
  revoke: 'Widerrufen',
  revokeTitle: 'Diesen Link widerrufen?',
  revokeText: 'Er wird ab der nächsten Anfrage abgelehnt, bei allen, die ihn haben. Sie können einen neuen erstellen.',
  revokeAct: 'Link widerrufen',
  revoked: 'Widerrufen',
});
