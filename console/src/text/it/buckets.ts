/** Italian: the list of buckets, and making and deleting them. */

import { agreeing, count, digits, objects } from './plural.ts';

/** What is in a bucket. */
interface Held {
  readonly objects: number;
  readonly versions: number;
  readonly markers: number;
  readonly uploads: number;
  /** There is more than was counted. */
  readonly atLeast: boolean;
}

const oldVersions = (many: number): string => count(many, 'vecchia versione', 'vecchie versioni');

export const buckets = Object.freeze({
  title: 'Bucket',
  list: 'Bucket',
  filter: 'Filtra per nome',
  some: (shown: number, all: number) => `${digits(shown)} di ${digits(all)}`,
  columns: {
    name: 'Nome',
    who: 'Chi può vedere',
    objects: 'Oggetti',
    size: 'Dimensione',
    made: 'Creato',
    menu: 'Menu',
  },
  menuOf: (name: string) => `Menu di ${name}`,
  versioned: 'versioni',
  suspended: 'versioni sospese',
  locked: 'blocco',
  /** Before a size. */
  together: (atLeast: boolean) => (atLeast ? ', almeno ' : ', '),
  atLeast: (count: string) => `≥ ${count}`,
  andVersions: (many: number) => `e ${oldVersions(many)}, ${agreeing(many, 'compresa', 'comprese')} nella dimensione`,
  empty: 'Nessun bucket.',
  emptyNext: 'Un bucket contiene oggetti. Il suo nome è unico in tutto lo storage.',
  noneBegins: (typed: string) => `Nessun nome di bucket contiene «${typed}».`,
  clear: 'Cancella',
  create: 'Nuovo bucket',
  denied: 'Non potete elencare i bucket, ma potete aprirne uno che conoscete.',
  name: 'Nome del bucket',
  act: {
    open: 'Apri',
    access: 'Accesso',
    cors: 'CORS',
    policy: 'Policy',
    versioning: 'Versioni',
    copy: 'Copia l’indirizzo s3://',
    explain: 'Perché?',
    empty: 'Svuota…',
    delete: 'Elimina…',
    copied: 'Indirizzo copiato',
  },
  make: {
    title: 'Nuovo bucket',
    name: 'Nome',
    rules: 'Regole dei nomi',
    length: 'da 3 a 63 caratteri',
    characters: 'minuscole, cifre, punti e trattini',
    ends: 'inizia e finisce con una lettera o una cifra',
    dots: 'né due punti di seguito, né un punto accanto a un trattino',
    address: 'non simile a un indirizzo IP',
    reserved: 'nessun inizio o fine che S3 riserva per sé',
    holds: 'rispettata',
    broken: 'non rispettata',
    asking: 'Si verifica se il nome è libero…',
    free: 'Il nome è libero.',
    yours: 'Avete già un bucket con questo nome.',
    taken: (others: readonly string[]) =>
      `Il nome è già di un altro account.${others.length === 0 ? '' : ` Provate ${others.join(' o ')}.`}`,
    region: 'Regione',
    regionOf: (name: string, country: string | undefined) => (country === undefined ? name : `${name} (${country})`),
    elsewhere: (endpoint: string) => `creato su ${endpoint}`,
    versioning: 'Conserva le vecchie versioni',
    versioningHint:
      'Gli oggetti sovrascritti o eliminati si possono ripristinare. Occupano spazio finché non li eliminate.',
    lock: 'Permetti di bloccare oggetti',
    lockHint:
      'Le versioni si possono proteggere dall’eliminazione per un periodo. È irrevocabile, e le versioni vengono sempre conservate.',
    act: 'Crea il bucket',
    halfMade: (name: string) => `${name} è creato, ma non è stato possibile attivare le versioni.`,
  },
  remove: {
    title: (name: string) => `Eliminare ${name}?`,
    looking: 'Si guarda che cosa contiene…',
    empty: 'Il bucket è vuoto. Il suo nome torna libero per tutti.',
    act: 'Elimina il bucket',
    emptyTitle: (name: string) => `Svuotare ${name}?`,
    holds: ({ objects: many, versions, markers, uploads, atLeast }: Held) =>
      `${atLeast ? 'Almeno ' : ''}${[
        objects(many),
        ...(versions > 0 ? [oldVersions(versions)] : []),
        ...(markers > 0 ? [count(markers, 'marcatore di eliminazione', 'marcatori di eliminazione')] : []),
        ...(uploads > 0 ? [count(uploads, 'caricamento incompiuto', 'caricamenti incompiuti')] : []),
      ].join(', ')}`,
    size: (size: string) => `, ${size}`,
    consequence: 'Tutto viene eliminato definitivamente, anche le vecchie versioni.',
    type: (name: string) => `Digitate ${name} per svuotarlo ed eliminarlo`,
    typeEmpty: (name: string) => `Digitate ${name} per svuotarlo`,
    both: 'Svuota ed elimina',
    emptyAct: 'Svuota',
    done: (name: string) => `${name} è eliminato`,
    emptied: (name: string) => `${name} è vuoto`,
    alreadyEmpty: 'È già vuoto.',
  },
});
