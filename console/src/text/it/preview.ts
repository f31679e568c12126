/** Italian: previews. */

export const preview = Object.freeze({
  none: 'Nessuna anteprima per questo genere di file.',
  noneNext: 'Scaricatelo per aprirlo con un vostro programma.',
  as: (type: string) => `Il suo tipo è ${type}.`,
  image: (name: string) => `Immagine: ${name}`,
  media: (name: string) => `Registrazione: ${name}`,
  text: (name: string) => `Testo di ${name}`,
  document: (name: string) => `Pagine di ${name}`,
  broken: 'Il browser non può mostrare questo file.',
  brokenNext: 'Forse è danneggiato, o di un altro tipo rispetto ai suoi metadati.',
  empty: 'L’oggetto è vuoto.',
  binary: 'Non è testo.',
  cut: (shown: string, all: string) => `I primi ${shown} di ${all}.`,
  more: 'Mostra altro',
  large: (most: string) => `I documenti oltre ${most} non vengono disegnati qui.`,
  compressed: 'È archiviato compresso, e troppo grande per essere decompresso qui.',
  page: 'Pagina',
});
