/** French: words used everywhere. */

import { count, digits } from './plural.ts';

export const common = Object.freeze({
  cancel: 'Annuler',
  close: 'Fermer',
  copied: 'Copié',
  copy: 'Copier',
  delete: 'Supprimer',
  discard: 'Abandonner',
  download: 'Télécharger',
  drawerWidth: 'Largeur du panneau',
  /** Of a long list. */
  firstOf: (shown: number, all: number) =>
    `Les ${digits(shown)} premières lignes sur ${count(all, 'ligne', 'lignes')} sont affichées.`,
  hide: 'Masquer',
  /** Before what is wrong there. */
  inLine: (line: number) => `Ligne ${line} :`,
  loading: 'Chargement',
  messages: 'Messages',
  more: 'Plus',
  open: 'Ouvrir',
  save: 'Enregistrer',
  show: 'Afficher',
  showMore: 'Afficher plus',
  tryAgain: 'Réessayer',
  undo: 'Annuler',
  why: 'Pourquoi ?',
  /** Behind an error. */
  request: (id: string) => `Requête ${id}`,
});
