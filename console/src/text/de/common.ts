/** German: words used everywhere. */

import { count, digits } from './plural.ts';

export const common = Object.freeze({
  cancel: 'Abbrechen',
  close: 'Schliessen',
  copied: 'Kopiert',
  copy: 'Kopieren',
  delete: 'Löschen',
  discard: 'Verwerfen',
  download: 'Herunterladen',
  drawerWidth: 'Breite des Seitenbereichs',
  /** Of a long list. */
  firstOf: (shown: number, all: number) =>
    `Gezeigt werden die ersten ${digits(shown)} von ${count(all, 'Zeile', 'Zeilen')}.`,
  hide: 'Verbergen',
  /** Before what is wrong there. */
  inLine: (line: number) => `Zeile ${line}:`,
  loading: 'Wird geladen',
  messages: 'Meldungen',
  more: 'Mehr',
  open: 'Öffnen',
  save: 'Speichern',
  show: 'Zeigen',
  showMore: 'Mehr zeigen',
  tryAgain: 'Wiederholen',
  undo: 'Rückgängig',
  why: 'Warum?',
  /** Behind an error. */
  request: (id: string) => `Anfrage ${id}`,
});
