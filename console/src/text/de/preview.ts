/** German: previews. */

export const preview = Object.freeze({
  none: 'Für diese Art von Datei gibt es keine Vorschau.',
  noneNext: 'Laden Sie die Datei herunter, um sie mit einem eigenen Programm zu öffnen.',
  as: (type: string) => `Der Typ ist ${type}.`,
  image: (name: string) => `Bild: ${name}`,
  media: (name: string) => `Aufnahme: ${name}`,
  text: (name: string) => `Text von ${name}`,
  document: (name: string) => `Seiten von ${name}`,
  broken: 'Der Browser kann diese Datei nicht zeigen.',
  brokenNext: 'Vielleicht ist sie beschädigt oder von einem anderen Typ, als ihre Metadaten sagen.',
  empty: 'Das Objekt ist leer.',
  binary: 'Das ist kein Text.',
  cut: (shown: string, all: string) => `Die ersten ${shown} von ${all}.`,
  more: 'Mehr zeigen',
  large: (most: string) => `Dokumente über ${most} werden hier nicht dargestellt.`,
  compressed: 'Es ist komprimiert gespeichert und zu gross, um hier entpackt zu werden.',
  page: 'Seite',
});
