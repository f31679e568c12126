/** Italian: sharing an object. */

import { count } from './plural.ts';

export const share = Object.freeze({
  lead: 'Chi ha il link può leggere questo oggetto fino alla scadenza, senza account. Potete terminarlo in ogni momento.',
  public: 'Tutti possono già leggere questo oggetto. Al suo indirizzo semplice non serve un link:',
  ends: 'Scade',
  hours: (many: number) => `dopo ${count(many, 'ora', 'ore')}`,
  days: (many: number) => `dopo ${count(many, 'giorno', 'giorni')}`,
  opens: 'Si apre come',
  ways: Object.freeze({ inline: 'una pagina nel browser', attachment: 'un download' }),
  version: 'Solo questa versione',
  versionHint: 'Altrimenti il link apre ciò che è attuale quando qualcuno lo segue.',
  make: 'Crea un link',
  made: 'Il vostro link',
  qr: 'Il link come codice QR',
  copy: 'Copia il link',
  links: 'Link a questo oggetto',
  until: 'fino a',
  revoke: 'Revoca',
  revokeTitle: 'Revocare questo link?',
  revokeText: 'Viene rifiutato dalla prossima richiesta in poi, per chiunque lo abbia. Potete crearne un altro.',
  revokeAct: 'Revoca il link',
  revoked: 'Revocato',
});
