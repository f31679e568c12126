/** Italian: links that one made. */

export const shared = Object.freeze({
  title: 'Condivisi',
  lead: 'I link che avete creato. Chi ne ha uno può aprire il suo oggetto fino alla scadenza, o finché non lo revocate.',
  list: 'Link condivisi',
  none: 'Nessun link',
  noneNext: 'Selezionate un oggetto in un bucket e scegliete Condividi.',
  object: 'Oggetto',
  version: (id: string) => `versione ${id}`,
  how: 'Si apre come',
  ways: { inline: 'una pagina', attachment: 'un download' },
  made: 'Creato',
  expires: 'Fino a',
  opened: 'Ultima apertura',
  never: 'mai',
  actions: 'Azioni',
  copy: 'Copia il link',
  revoke: 'Revoca',
  revokeTitle: 'Revocare questo link?',
  revokeText: (key: string) =>
    `Il link a ${key} viene rifiutato dalla prossima richiesta in poi, per chiunque lo abbia. Non si può ripristinare; potete crearne un altro.`,
  revokeAct: 'Revoca il link',
  revoked: 'Revocato',
});
