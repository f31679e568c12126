/** French: the list of buckets, and making and deleting them. */

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

const oldVersions = (many: number): string => count(many, 'ancienne version', 'anciennes versions');

export const buckets = Object.freeze({
  title: 'Buckets',
  list: 'Buckets',
  filter: 'Filtrer par nom',
  some: (shown: number, all: number) => `${digits(shown)} sur ${digits(all)}`,
  columns: { name: 'Nom', who: 'Qui peut voir', objects: 'Objets', size: 'Taille', made: 'Créé', menu: 'Menu' },
  menuOf: (name: string) => `Menu de ${name}`,
  versioned: 'versions',
  suspended: 'versions suspendues',
  locked: 'verrou',
  /** Before a size. */
  together: (atLeast: boolean) => (atLeast ? ', au moins ' : ', '),
  atLeast: (count: string) => `≥ ${count}`,
  andVersions: (many: number) => `et ${oldVersions(many)}, ${agreeing(many, 'comprise', 'comprises')} dans la taille`,
  empty: 'Aucun bucket.',
  emptyNext: 'Un bucket contient des objets. Son nom est unique dans tout le stockage.',
  noneBegins: (typed: string) => `Aucun nom de bucket ne contient « ${typed} ».`,
  clear: 'Effacer',
  create: 'Nouveau bucket',
  denied: 'Vous ne pouvez pas lister les buckets, mais vous pouvez en ouvrir un que vous connaissez.',
  name: 'Nom du bucket',
  act: {
    open: 'Ouvrir',
    access: 'Accès',
    cors: 'CORS',
    policy: 'Politique',
    versioning: 'Versions',
    copy: 'Copier l’adresse s3://',
    explain: 'Pourquoi ?',
    empty: 'Vider…',
    delete: 'Supprimer…',
    copied: 'Adresse copiée',
  },
  make: {
    title: 'Nouveau bucket',
    name: 'Nom',
    rules: 'Règles des noms',
    length: '3 à 63 caractères',
    characters: 'minuscules, chiffres, points et traits d’union',
    ends: 'commence et finit par une lettre ou un chiffre',
    dots: 'ni deux points de suite, ni point à côté d’un trait d’union',
    address: 'ne ressemble pas à une adresse IP',
    reserved: 'aucun début ni fin que S3 se réserve',
    holds: 'respecté',
    broken: 'non respecté',
    asking: 'On vérifie si le nom est libre…',
    free: 'Le nom est libre.',
    yours: 'Vous avez déjà un bucket de ce nom.',
    taken: (others: readonly string[]) =>
      `Le nom est pris par un autre compte.${others.length === 0 ? '' : ` Essayez ${others.join(' ou ')}.`}`,
    region: 'Région',
    regionOf: (name: string, country: string | undefined) => (country === undefined ? name : `${name} (${country})`),
    elsewhere: (endpoint: string) => `créé à ${endpoint}`,
    versioning: 'Garder les anciennes versions',
    versioningHint:
      'Les objets remplacés ou supprimés peuvent être rétablis. Ils prennent de la place jusqu’à ce que vous les supprimiez.',
    lock: 'Permettre de verrouiller des objets',
    lockHint:
      'Des versions peuvent être protégées de la suppression pour un temps. C’est irrévocable, et les versions sont toujours gardées.',
    act: 'Créer le bucket',
    halfMade: (name: string) => `${name} est créé, mais les versions n’ont pas pu être activées.`,
  },
  remove: {
    title: (name: string) => `Supprimer ${name} ?`,
    looking: 'On regarde ce qu’il contient…',
    empty: 'Le bucket est vide. Son nom redevient libre pour tous.',
    act: 'Supprimer le bucket',
    emptyTitle: (name: string) => `Vider ${name} ?`,
    holds: ({ objects: many, versions, markers, uploads, atLeast }: Held) =>
      `${atLeast ? 'Au moins ' : ''}${[
        objects(many),
        ...(versions > 0 ? [oldVersions(versions)] : []),
        ...(markers > 0 ? [count(markers, 'marqueur de suppression', 'marqueurs de suppression')] : []),
        ...(uploads > 0 ? [count(uploads, 'envoi inachevé', 'envois inachevés')] : []),
      ].join(', ')}`,
    size: (size: string) => `, ${size}`,
    consequence: 'Tout est supprimé définitivement, anciennes versions comprises.',
    type: (name: string) => `Tapez ${name} pour le vider et le supprimer`,
    typeEmpty: (name: string) => `Tapez ${name} pour le vider`,
    both: 'Vider et supprimer',
    emptyAct: 'Vider',
    done: (name: string) => `${name} est supprimé`,
    emptied: (name: string) => `${name} est vide`,
    alreadyEmpty: 'Il est déjà vide.',
  },
});
