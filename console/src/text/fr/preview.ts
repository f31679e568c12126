/** French: previews. */

export const preview = Object.freeze({
  none: 'Pas d’aperçu pour ce genre de fichier.',
  noneNext: 'Téléchargez-le pour l’ouvrir avec un de vos programmes.',
  as: (type: string) => `Son type est ${type}.`,
  image: (name: string) => `Image : ${name}`,
  media: (name: string) => `Enregistrement : ${name}`,
  text: (name: string) => `Texte de ${name}`,
  document: (name: string) => `Pages de ${name}`,
  broken: 'Le navigateur ne peut pas afficher ce fichier.',
  brokenNext: 'Il est peut-être endommagé, ou d’un autre type que ses métadonnées ne le disent.',
  empty: 'L’objet est vide.',
  binary: 'Ce n’est pas du texte.',
  cut: (shown: string, all: string) => `Les premiers ${shown} sur ${all}.`,
  more: 'Afficher plus',
  large: (most: string) => `Les documents de plus de ${most} ne sont pas affichés ici.`,
  compressed: 'Il est stocké compressé, et trop grand pour être décompressé ici.',
  page: 'Page',
});
