/** Italian: uploads in the tray. */

import { agreeing, count, digits } from './plural.ts';

const files = (many: number): string => `${digits(many)} file`;

const seconds = (left: number): string =>
  left < 60
    ? `ancora ${Math.max(1, Math.round(left))} s`
    : left < 3600
      ? `ancora ${Math.round(left / 60)} min`
      : `ancora ${Math.round(left / 3600)} h`;

export const transfers = Object.freeze({
  title: 'Caricamenti',
  summary: (done: number, all: number, percent: number) =>
    `${digits(done)} di ${digits(all)} ${agreeing(done, 'concluso', 'conclusi')}, ${percent}\u00a0%`,
  pill: (going: number, stuck: number) =>
    [
      'Trasferimenti',
      ...(going === 0 ? [] : [`${going} in corso`]),
      ...(stuck === 0 ? [] : [`${stuck} da decidere`]),
    ].join(', '),
  left: seconds,
  rate: (size: string) => `${size}/s`,
  pauseAll: 'Sospendi tutti',
  resumeAll: 'Riprendi tutti',
  cancelAll: 'Annulla tutti',
  againAll: (many: number) => `Riprovane ${digits(many)}`,
  tidy: 'Togli i conclusi',
  fold: 'Comprimi i caricamenti',
  unfold: 'Espandi i caricamenti',
  hide: 'Nascondi i caricamenti',
  none: 'Nessun caricamento in corso.',
  noneHint: 'Trascinate file o cartelle in un bucket: vengono mostrati qui.',
  /** Of a folder that was dropped. */
  files: (done: number, all: number) => `${digits(done)} di ${files(all)}`,
  open: (name: string) => `Mostra i file di ${name}`,
  shut: (name: string) => `Nascondi i file di ${name}`,
  checking: (many: number) =>
    many === 1 ? `Si verifica se ${files(many)} esiste già.` : `Si verifica se ${files(many)} esistono già.`,
  pause: (name: string) => `Sospendi ${name}`,
  resume: (name: string) => `Riprendi ${name}`,
  cancel: (name: string) => `Annulla ${name}`,
  more: (many: number) => (many === 1 ? 'e un altro file' : `e altri ${files(many)}`),
  phases: {
    queued: 'in attesa',
    checking: 'confronto con l’esistente',
    uploading: 'in caricamento',
    finishing: 'in chiusura',
    done: 'concluso',
    exists: 'esiste già',
    failed: 'non riuscito',
    skipped: 'saltato',
    cancelled: 'annullato',
    interrupted: 'interrotto',
  },
  /** Why nothing moves. */
  held: {
    offline: 'in attesa: siete offline',
    'signed-out': 'in attesa: accedete',
    slow: 'in attesa: lo storage chiede di rallentare',
  },
  paused: 'sospeso',
  retrying: (turn: number) => `nuovo tentativo, ${turn} di 5`,
  slowed: (lanes: number) =>
    `Lo storage ha chiesto di rallentare. Ridotto a ${count(lanes, 'richiesta', 'richieste')} per volta; si continua.`,
  signedOut: 'La sessione è terminata. Accedete, e si continua.',
  offline: 'Siete offline. Nulla è perso; riprende da sé.',
  replace: 'Sostituisci',
  newVersion: 'Aggiungi come nuova versione',
  keepBoth: 'Conserva entrambi',
  skip: 'Salta',
  again: 'Riprova',
  interrupted: (many: number) =>
    `${count(many, 'caricamento è stato interrotto', 'caricamenti sono stati interrotti')}.`,
  resumeOne: 'Riprendi',
  chooseAgain: (many: number) => (many === 1 ? 'Scegli di nuovo il file' : 'Scegli di nuovo i file'),
  dropIt: 'Dimentica',
  forget: (name: string) => `Dimentica ${name}`,
  elsewhere: (name: string) => `Un’altra scheda ha ripreso ${name}.`,
  otherFile: (name: string) =>
    `Non è stato possibile leggere ${name} com’era. Sceglietelo di nuovo: stesso nome e stessa dimensione.`,
  noneOf: (name: string) => `${name} non è nessuno di loro: nome e dimensione devono essere gli stessi.`,
  conflicts: {
    title: (there: number, all: number) =>
      `${digits(there)} di ${files(all)} ${there === 1 ? 'esiste' : 'esistono'} già`,
    lead: 'Nulla viene sovrascritto finché non lo dite.',
    leadVersioned: 'Questo bucket conserva le versioni: ciò che c’è resta come vecchia versione.',
    /** Of files that are there byte for byte. */
    sameLead: (same: number, all: number) =>
      same === all
        ? `${all === 1 ? 'È già lì' : 'Sono già tutti lì'}, byte per byte: non c’è nulla da caricare.`
        : `${digits(same)} di essi ${same === 1 ? 'è già lì, byte per byte, e viene saltato' : 'sono già lì, byte per byte, e vengono saltati'}.`,
    all: 'Tutti',
    allOthers: 'Tutti quelli diversi',
    name: 'Nome',
    yours: 'Il vostro',
    there: 'Esistente',
    same: 'identico',
    choice: 'Fare',
    table: 'File che esistono già',
    go: 'Carica',
  },
});
