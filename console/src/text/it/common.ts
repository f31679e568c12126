/** Italian: words used everywhere. */

import { count, digits } from './plural.ts';

export const common = Object.freeze({
  cancel: 'Annulla',
  close: 'Chiudi',
  copied: 'Copiato',
  copy: 'Copia',
  delete: 'Elimina',
  discard: 'Scarta',
  download: 'Scarica',
  drawerWidth: 'Larghezza del pannello',
  /** Of a long list. */
  firstOf: (shown: number, all: number) => `Sono mostrate le prime ${digits(shown)} di ${count(all, 'riga', 'righe')}.`,
  hide: 'Nascondi',
  /** Before what is wrong there. */
  inLine: (line: number) => `Riga ${line}:`,
  loading: 'Caricamento',
  messages: 'Messaggi',
  more: 'Altro',
  open: 'Apri',
  save: 'Salva',
  show: 'Mostra',
  showMore: 'Mostra altro',
  tryAgain: 'Riprova',
  undo: 'Annulla',
  why: 'Perché?',
  /** Behind an error. */
  request: (id: string) => `Richiesta ${id}`,
});
