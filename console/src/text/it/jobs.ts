/** Italian: what takes a while. */

import { agreeing, digits } from './plural.ts';

export const jobs = Object.freeze({
  title: 'In corso',
  progress: (done: number, total: number | undefined) =>
    total === undefined
      ? `${digits(done)} ${agreeing(done, 'fatto', 'fatti')}`
      : `${digits(done)} di ${digits(total)} ${agreeing(done, 'fatto', 'fatti')}`,
  failed: (many: number) => `${digits(many)} non ${agreeing(many, 'riuscito', 'riusciti')}`,
  stopped: 'Interrotto.',
  stop: 'Interrompi',
  close: 'Chiudi',
  show: 'Mostra',
  hide: 'Nascondi',
  others: (many: number) => `e altri ${digits(many)}`,
  deleting: (what: string) => `Eliminazione di ${what}`,
  emptying: (bucket: string) => `Svuotamento di ${bucket}`,
  undeleting: 'Ripristino',
  copying: (what: string, where: string) => `Copia di ${what} in ${where}`,
  moving: (what: string, where: string) => `Spostamento di ${what} in ${where}`,
  restoring: (what: string) => `Ripristino di ${what}`,
  downloading: (what: string) => `Download di ${what}. Tenete aperta questa scheda`,
  tooMuch: {
    title: (what: string) => `${what}: troppo per uno zip`,
    lead: 'Questo browser non può scrivere in cartelle, e uno zip di oltre 512 MiB non sta nella sua memoria. Scegliete di meno, o usate un programma:',
  },
  left: (done: number) => `${digits(done)} ${agreeing(done, 'spostato', 'spostati')}. Il resto è dov’era.`,
  goOn: 'Continua',
  back: 'Sposta indietro',
});
