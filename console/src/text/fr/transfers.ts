/** French: uploads in the tray. */

import { agreeing, count, digits } from './plural.ts';

const files = (many: number): string => count(many, 'fichier', 'fichiers');

const seconds = (left: number): string =>
  left < 60
    ? `encore ${Math.max(1, Math.round(left))} s`
    : left < 3600
      ? `encore ${Math.round(left / 60)} min`
      : `encore ${Math.round(left / 3600)} h`;

export const transfers = Object.freeze({
  title: 'Envois',
  summary: (done: number, all: number, percent: number) =>
    `${digits(done)} sur ${digits(all)} ${agreeing(done, 'terminé', 'terminés')}, ${percent}\u00a0%`,
  pill: (going: number, stuck: number) =>
    ['Transferts', ...(going === 0 ? [] : [`${going} en cours`]), ...(stuck === 0 ? [] : [`${stuck} à décider`])].join(
      ', ',
    ),
  left: seconds,
  rate: (size: string) => `${size}/s`,
  pauseAll: 'Tout suspendre',
  resumeAll: 'Tout reprendre',
  cancelAll: 'Tout annuler',
  againAll: (many: number) => `En réessayer ${digits(many)}`,
  tidy: 'Enlever les terminés',
  fold: 'Replier les envois',
  unfold: 'Déplier les envois',
  hide: 'Masquer les envois',
  none: 'Aucun envoi en cours.',
  noneHint: 'Déposez des fichiers ou des dossiers dans un bucket : ils s’affichent ici.',
  /** Of a folder that was dropped. */
  files: (done: number, all: number) => `${digits(done)} sur ${files(all)}`,
  open: (name: string) => `Afficher les fichiers de ${name}`,
  shut: (name: string) => `Masquer les fichiers de ${name}`,
  checking: (many: number) =>
    many < 2 ? `On regarde si ${files(many)} existe déjà.` : `On regarde si ${files(many)} existent déjà.`,
  pause: (name: string) => `Suspendre ${name}`,
  resume: (name: string) => `Reprendre ${name}`,
  cancel: (name: string) => `Annuler ${name}`,
  more: (many: number) => `et ${count(many, 'autre fichier', 'autres fichiers')}`,
  phases: {
    queued: 'en attente',
    checking: 'comparaison avec l’existant',
    uploading: 'envoi',
    finishing: 'finalisation',
    done: 'terminé',
    exists: 'existe déjà',
    failed: 'en échec',
    skipped: 'ignoré',
    cancelled: 'annulé',
    interrupted: 'interrompu',
  },
  /** Why nothing moves. */
  held: {
    offline: 'en attente : vous êtes hors ligne',
    'signed-out': 'en attente : connectez-vous',
    slow: 'en attente : le stockage demande de ralentir',
  },
  paused: 'suspendu',
  retrying: (turn: number) => `nouvel essai, ${turn} sur 5`,
  slowed: (lanes: number) =>
    `Le stockage a demandé de ralentir. Réduit à ${count(lanes, 'requête', 'requêtes')} à la fois ; l’envoi continue.`,
  signedOut: 'Votre session est terminée. Connectez-vous, et l’envoi continue.',
  offline: 'Vous êtes hors ligne. Rien n’est perdu ; l’envoi reprendra tout seul.',
  replace: 'Remplacer',
  newVersion: 'Ajouter comme nouvelle version',
  keepBoth: 'Garder les deux',
  skip: 'Ignorer',
  again: 'Réessayer',
  interrupted: (many: number) => `${count(many, 'envoi a été interrompu', 'envois ont été interrompus')}.`,
  resumeOne: 'Reprendre',
  chooseAgain: (many: number) => (many < 2 ? 'Choisir à nouveau le fichier' : 'Choisir à nouveau les fichiers'),
  dropIt: 'Oublier',
  forget: (name: string) => `Oublier ${name}`,
  elsewhere: (name: string) => `Un autre onglet a repris ${name}.`,
  otherFile: (name: string) =>
    `${name} n’a pas pu être lu tel qu’il était. Choisissez-le à nouveau : même nom, même taille.`,
  noneOf: (name: string) => `${name} n’en fait pas partie : nom et taille doivent être les mêmes.`,
  conflicts: {
    title: (there: number, all: number) =>
      `${digits(there)} sur ${files(all)} ${there < 2 ? 'existe' : 'existent'} déjà`,
    lead: 'Rien n’est remplacé avant que vous ne le disiez.',
    leadVersioned: 'Ce bucket garde des versions : ce qui est là reste comme ancienne version.',
    /** Of files that are there byte for byte. */
    sameLead: (same: number, all: number) =>
      same === all
        ? `${all < 2 ? 'Il est là' : 'Tous sont là'} à l’octet près : rien n’est à envoyer.`
        : `${digits(same)} d’entre eux ${same < 2 ? 'est là à l’octet près et sera ignoré' : 'sont là à l’octet près et seront ignorés'}.`,
    all: 'Tous',
    allOthers: 'Tous ceux qui diffèrent',
    name: 'Nom',
    yours: 'Le vôtre',
    there: 'Existant',
    same: 'identique',
    choice: 'Faire',
    table: 'Fichiers qui existent déjà',
    go: 'Envoyer',
  },
});
