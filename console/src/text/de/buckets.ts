/** German: the list of buckets, and making and deleting them. */

import { count, digits, objects as objectsOf } from './plural.ts';

/** `a, b oder c`. */
const EITHER = new Intl.ListFormat('de-CH', { type: 'disjunction' });

/** What is in a bucket. */
interface Held {
  readonly objects: number;
  readonly versions: number;
  readonly markers: number;
  readonly uploads: number;
  /** There is more than was counted. */
  readonly atLeast: boolean;
}

export const buckets = Object.freeze({
  title: 'Buckets',
  list: 'Buckets',
  filter: 'Nach Namen filtern',
  some: (shown: number, all: number) => `${digits(shown)} von ${digits(all)}`,
  columns: {
    name: 'Name',
    who: 'Sichtbar für',
    objects: 'Objekte',
    size: 'Grösse',
    made: 'Erstellt',
    menu: 'Menü',
  },
  menuOf: (name: string) => `Menü von ${name}`,
  versioned: 'Versionen',
  suspended: 'Versionen ausgesetzt',
  locked: 'Sperre',
  /** Before a size. */
  together: (atLeast: boolean) => (atLeast ? ', mindestens ' : ', '),
  atLeast: (count: string) => `≥ ${count}`,
  andVersions: (many: number) =>
    many === 1
      ? 'und 1 alte Version, die in der Grösse enthalten ist'
      : `und ${digits(many)} alte Versionen, die in der Grösse enthalten sind`,
  empty: 'Noch kein Bucket.',
  emptyNext: 'In einem Bucket liegen Objekte. Seinen Namen gibt es im ganzen Speicher nur einmal.',
  noneBegins: (typed: string) => `Kein Bucket hat «${typed}» im Namen.`,
  clear: 'Alle zeigen',
  create: 'Neuer Bucket',
  denied: 'Sie dürfen Buckets nicht auflisten, aber einen öffnen, den Sie kennen.',
  name: 'Name des Buckets',
  act: {
    open: 'Öffnen',
    access: 'Zugriff',
    cors: 'CORS',
    policy: 'Richtlinie',
    versioning: 'Versionierung',
    copy: 's3://-Adresse kopieren',
    explain: 'Warum?',
    empty: 'Leeren…',
    delete: 'Löschen…',
    copied: 'Adresse kopiert',
  },
  make: {
    title: 'Neuer Bucket',
    name: 'Name',
    rules: 'Regeln für Namen',
    length: '3 bis 63 Zeichen',
    characters: 'Kleinbuchstaben, Ziffern, Punkte und Bindestriche',
    ends: 'beginnt und endet mit einem Buchstaben oder einer Ziffer',
    dots: 'keine zwei Punkte hintereinander, kein Punkt neben einem Bindestrich',
    address: 'nicht wie eine IP-Adresse',
    reserved: 'kein Anfang oder Ende, das S3 für sich behält',
    holds: 'erfüllt',
    broken: 'nicht erfüllt',
    asking: 'Es wird geprüft, ob der Name frei ist…',
    free: 'Der Name ist frei.',
    yours: 'Sie haben schon einen Bucket mit diesem Namen.',
    taken: (others: readonly string[]) =>
      `Der Name gehört einem anderen Konto.${others.length === 0 ? '' : ` Versuchen Sie es mit ${EITHER.format(others)}.`}`,
    region: 'Region',
    regionOf: (name: string, country: string | undefined) => (country === undefined ? name : `${name} (${country})`),
    elsewhere: (endpoint: string) => `entsteht auf ${endpoint}`,
    versioning: 'Alte Versionen behalten',
    versioningHint:
      'Überschriebene und gelöschte Objekte lassen sich zurückholen. Die alten Versionen brauchen Platz, bis Sie sie entfernen.',
    lock: 'Sperren von Objekten erlauben',
    lockHint:
      'Versionen lassen sich für eine Zeit gegen das Löschen sperren. Das lässt sich nicht rückgängig machen, und Versionen werden immer behalten.',
    act: 'Bucket erstellen',
    halfMade: (name: string) => `${name} ist erstellt, aber die Versionierung liess sich nicht einschalten.`,
  },
  remove: {
    title: (name: string) => `${name} löschen?`,
    looking: 'Der Inhalt wird ermittelt…',
    empty: 'Der Bucket ist leer. Sein Name wird für alle frei.',
    act: 'Bucket löschen',
    emptyTitle: (name: string) => `${name} leeren?`,
    holds: ({ objects, versions, markers, uploads, atLeast }: Held) =>
      `${atLeast ? 'Mindestens ' : ''}${[
        objectsOf(objects),
        ...(versions > 0 ? [count(versions, 'alte Version', 'alte Versionen')] : []),
        ...(markers > 0 ? [count(markers, 'Löschmarkierung', 'Löschmarkierungen')] : []),
        ...(uploads > 0 ? [count(uploads, 'unfertiger Upload', 'unfertige Uploads')] : []),
      ].join(', ')}`,
    size: (size: string) => `, ${size}`,
    consequence: 'All das wird endgültig gelöscht, auch alte Versionen.',
    type: (name: string) => `Geben Sie ${name} ein, um den Bucket zu leeren und zu löschen`,
    typeEmpty: (name: string) => `Geben Sie ${name} ein, um den Bucket zu leeren`,
    both: 'Leeren und löschen',
    emptyAct: 'Leeren',
    done: (name: string) => `${name} ist gelöscht`,
    emptied: (name: string) => `${name} ist leer`,
    alreadyEmpty: 'Er ist schon leer.',
  },
});
