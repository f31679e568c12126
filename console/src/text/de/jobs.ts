/** German: what takes a while. */

import { digits } from './plural.ts';

export const jobs = Object.freeze({
  title: 'Im Gang',
  progress: (done: number, total: number | undefined) =>
    total === undefined ? `${digits(done)} erledigt` : `${digits(done)} von ${digits(total)} erledigt`,
  failed: (many: number) => `${digits(many)} fehlgeschlagen`,
  stopped: 'Gestoppt.',
  stop: 'Stoppen',
  close: 'Schliessen',
  show: 'Zeigen',
  hide: 'Verbergen',
  others: (many: number) => `und ${digits(many)} weitere`,
  deleting: (what: string) => `${what} löschen`,
  emptying: (bucket: string) => `${bucket} leeren`,
  undeleting: 'Gelöschtes zurückholen',
  copying: (what: string, where: string) => `${what} nach ${where} kopieren`,
  moving: (what: string, where: string) => `${what} nach ${where} verschieben`,
  restoring: (what: string) => `${what} wiederherstellen`,
  downloading: (what: string) => `${what} herunterladen. Lassen Sie diesen Tab offen`,
  tooMuch: {
    title: (what: string) => `${what}: zu viel für eine Zip-Datei`,
    lead: 'Dieser Browser kann nicht in Ordner schreiben, und eine Zip-Datei von mehr als 512 MiB hat in seinem Arbeitsspeicher nicht Platz. Wählen Sie weniger, oder verwenden Sie ein Programm:',
  },
  left: (done: number) => `${digits(done)} verschoben. Der Rest ist, wo er war.`,
  goOn: 'Fortsetzen',
  back: 'Zurückschieben',
});
