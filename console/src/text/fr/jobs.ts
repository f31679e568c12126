/** French: what takes a while. */

import { agreeing, digits } from './plural.ts';

export const jobs = Object.freeze({
  title: 'En cours',
  progress: (done: number, total: number | undefined) =>
    total === undefined
      ? `${digits(done)} ${agreeing(done, 'traité', 'traités')}`
      : `${digits(done)} sur ${digits(total)} ${agreeing(done, 'traité', 'traités')}`,
  failed: (many: number) => `${digits(many)} en échec`,
  stopped: 'Arrêté.',
  stop: 'Arrêter',
  close: 'Fermer',
  show: 'Afficher',
  hide: 'Masquer',
  others: (many: number) => `et ${digits(many)} de plus`,
  deleting: (what: string) => `Suppression de ${what}`,
  emptying: (bucket: string) => `Vidage de ${bucket}`,
  undeleting: 'Annulation',
  copying: (what: string, where: string) => `Copie de ${what} vers ${where}`,
  moving: (what: string, where: string) => `Déplacement de ${what} vers ${where}`,
  restoring: (what: string) => `Restauration de ${what}`,
  downloading: (what: string) => `Téléchargement de ${what}. Gardez cet onglet ouvert`,
  tooMuch: {
    title: (what: string) => `${what} : trop pour un zip`,
    lead: 'Ce navigateur ne peut pas écrire dans des dossiers, et un zip de plus de 512 MiB ne tient pas dans sa mémoire. Choisissez moins d’objets, ou utilisez un programme :',
  },
  left: (done: number) => `${digits(done)} ${agreeing(done, 'déplacé', 'déplacés')}. Le reste est là où il était.`,
  goOn: 'Continuer',
  back: 'Remettre en place',
});
