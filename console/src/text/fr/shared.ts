/** French: links that one made. */

export const shared = Object.freeze({
  title: 'Partagés',
  lead: 'Les liens que vous avez créés. Qui en possède un peut ouvrir son objet jusqu’à son échéance, ou jusqu’à ce que vous le révoquiez.',
  list: 'Liens partagés',
  none: 'Aucun lien',
  noneNext: 'Sélectionnez un objet dans un bucket et choisissez Partager.',
  object: 'Objet',
  version: (id: string) => `version ${id}`,
  how: 'S’ouvre comme',
  ways: { inline: 'une page', attachment: 'un téléchargement' },
  made: 'Créé',
  expires: 'Jusqu’à',
  opened: 'Dernière ouverture',
  never: 'jamais',
  actions: 'Actions',
  copy: 'Copier le lien',
  revoke: 'Révoquer',
  revokeTitle: 'Révoquer ce lien ?',
  revokeText: (key: string) =>
    `Le lien vers ${key} est refusé dès la prochaine requête, pour tous ceux qui le possèdent. Il ne peut pas être rétabli ; vous pouvez en créer un autre.`,
  revokeAct: 'Révoquer le lien',
  revoked: 'Révoqué',
});
