/** French: sharing an object. */

import { count } from './plural.ts';

export const share = Object.freeze({
  lead: 'Qui possède le lien peut lire cet objet jusqu’à son échéance, sans compte. Vous pouvez y mettre fin à tout moment.',
  public: 'Tout le monde peut déjà lire cet objet. Son adresse simple suffit :',
  ends: 'Échéance',
  hours: (many: number) => `après ${count(many, 'heure', 'heures')}`,
  days: (many: number) => `après ${count(many, 'jour', 'jours')}`,
  opens: 'S’ouvre comme',
  ways: Object.freeze({ inline: 'une page dans le navigateur', attachment: 'un téléchargement' }),
  version: 'Cette version seulement',
  versionHint: 'Sinon, le lien ouvre ce qui est actuel quand on le suit.',
  make: 'Créer un lien',
  made: 'Votre lien',
  qr: 'Le lien en code QR',
  copy: 'Copier le lien',
  links: 'Liens vers cet objet',
  until: 'jusqu’à',
  revoke: 'Révoquer',
  revokeTitle: 'Révoquer ce lien ?',
  revokeText: 'Il est refusé dès la prochaine requête, pour tous ceux qui le possèdent. Vous pouvez en créer un autre.',
  revokeAct: 'Révoquer le lien',
  revoked: 'Révoqué',
});
