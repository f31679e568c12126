/** German: links that one made. */

export const shared = Object.freeze({
  title: 'Freigaben',
  lead: 'Links, die Sie erstellt haben. Wer einen hat, kann dessen Objekt öffnen, bis der Link abläuft oder Sie ihn widerrufen.',
  list: 'Freigabelinks',
  none: 'Noch keine Links',
  noneNext: 'Wählen Sie in einem Bucket ein Objekt aus, und klicken Sie auf «Teilen».',
  object: 'Objekt',
  version: (id: string) => `Version ${id}`,
  how: 'Öffnet als',
  ways: { inline: 'Seite', attachment: 'Download' },
  made: 'Erstellt',
  expires: 'Bis',
  opened: 'Letzter Abruf',
  never: 'nie',
  actions: 'Aktionen',
  copy: 'Link kopieren',
  revoke: 'Widerrufen',
  revokeTitle: 'Diesen Link widerrufen?',
  revokeText: (key: string) =>
    `Der Link zu ${key} wird ab der nächsten Anfrage abgelehnt, bei allen, die ihn haben. Er lässt sich nicht wiederherstellen; Sie können einen neuen erstellen.`,
  revokeAct: 'Link widerrufen',
  revoked: 'Widerrufen',
});
