/** German: uploads in the tray. */

import { count, digits } from './plural.ts';

const seconds = (left: number): string =>
  left < 60
    ? `noch ${Math.max(1, Math.round(left))} s`
    : left < 3600
      ? `noch ${Math.round(left / 60)} min`
      : `noch ${Math.round(left / 3600)} h`;

const files = (many: number): string => count(many, 'Datei', 'Dateien');

export const transfers = Object.freeze({
  title: 'Uploads',
  summary: (done: number, all: number, percent: number) => `${done} von ${all} fertig, ${percent}\u00a0%`,
  pill: (going: number, stuck: number) =>
    [
      'Transfers',
      ...(going === 0 ? [] : [`${going} im Gang`]),
      ...(stuck === 0 ? [] : [`${stuck} zu entscheiden`]),
    ].join(', '),
  left: seconds,
  rate: (size: string) => `${size}/s`,
  pauseAll: 'Alle anhalten',
  resumeAll: 'Alle fortsetzen',
  cancelAll: 'Alle abbrechen',
  againAll: (many: number) => `${many} wiederholen`,
  tidy: 'Fertige entfernen',
  fold: 'Uploads einklappen',
  unfold: 'Uploads ausklappen',
  hide: 'Uploads verbergen',
  none: 'Nichts wird hochgeladen.',
  noneHint: 'Ziehen Sie Dateien oder Ordner in einen Bucket, dann erscheinen sie hier.',
  /** Of a folder that was dropped. */
  files: (done: number, all: number) => `${done} von ${files(all)}`,
  open: (name: string) => `Dateien von ${name} zeigen`,
  shut: (name: string) => `Dateien von ${name} verbergen`,
  checking: (many: number) => `Es wird geprüft, ob ${files(many)} schon da ${many === 1 ? 'ist' : 'sind'}.`,
  pause: (name: string) => `${name} anhalten`,
  resume: (name: string) => `${name} fortsetzen`,
  cancel: (name: string) => `${name} abbrechen`,
  more: (many: number) => `und ${count(many, 'weitere Datei', 'weitere Dateien')}`,
  phases: {
    queued: 'wartet',
    checking: 'wird verglichen',
    uploading: 'lädt hoch',
    finishing: 'schliesst ab',
    done: 'fertig',
    exists: 'gibt es schon',
    failed: 'fehlgeschlagen',
    skipped: 'ausgelassen',
    cancelled: 'abgebrochen',
    interrupted: 'unterbrochen',
  },
  /** Why nothing moves. */
  held: {
    offline: 'wartet: Sie sind offline',
    'signed-out': 'wartet: bitte anmelden',
    slow: 'wartet: der Speicher bittet um weniger Tempo',
  },
  paused: 'angehalten',
  retrying: (turn: number) => `wird wiederholt, ${turn} von 5`,
  slowed: (lanes: number) =>
    `Der Speicher hat um weniger Tempo gebeten. Es geht weiter, mit höchstens ${count(lanes, 'Anfrage', 'Anfragen')} gleichzeitig.`,
  signedOut: 'Ihre Sitzung ist beendet. Melden Sie sich an, dann geht es weiter.',
  offline: 'Sie sind offline. Nichts geht verloren; es geht von selbst weiter.',
  replace: 'Ersetzen',
  newVersion: 'Als neue Version ablegen',
  keepBoth: 'Beide behalten',
  skip: 'Auslassen',
  again: 'Wiederholen',
  interrupted: (many: number) => `${count(many, 'Upload', 'Uploads')} ${many === 1 ? 'wurde' : 'wurden'} unterbrochen.`,
  resumeOne: 'Fortsetzen',
  chooseAgain: (many: number) => (many === 1 ? 'Datei erneut auswählen' : 'Dateien erneut auswählen'),
  dropIt: 'Vergessen',
  forget: (name: string) => `${name} vergessen`,
  elsewhere: (name: string) => `Ein anderer Tab hat ${name} übernommen.`,
  otherFile: (name: string) =>
    `${name} liess sich nicht mehr wie zuvor lesen. Wählen Sie die Datei noch einmal aus: gleicher Name, gleiche Grösse.`,
  noneOf: (name: string) => `${name} gehört nicht dazu: Name und Grösse müssen übereinstimmen.`,
  conflicts: {
    title: (there: number, all: number) => `${digits(there)} von ${files(all)} gibt es schon`,
    lead: 'Nichts wird überschrieben, bevor Sie es sagen.',
    leadVersioned: 'Dieser Bucket behält Versionen: Was da ist, bleibt als alte Version.',
    /** Of files that are there byte for byte. */
    sameLead: (same: number, all: number) =>
      same === all
        ? `${all === 1 ? 'Sie ist' : 'Alle sind'} Byte für Byte schon da: Es muss nichts hochgeladen werden.`
        : `${digits(same)} davon ${same === 1 ? 'ist' : 'sind'} Byte für Byte schon da und ${same === 1 ? 'wird' : 'werden'} ausgelassen.`,
    all: 'Alle',
    allOthers: 'Alle abweichenden',
    name: 'Name',
    yours: 'Ihre',
    there: 'Vorhanden',
    same: 'gleich',
    choice: 'Aktion',
    table: 'Dateien, die es schon gibt',
    go: 'Hochladen',
  },
});
