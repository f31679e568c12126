/** German: signing in and out. */

export const session = Object.freeze({
  title: 'Anmelden',
  lead: 'Bei Ihrem Konto auf diesem Speicher.',
  withPassword: 'Passwort',
  withKey: 'Schlüssel',
  how: 'Anmelden mit',
  name: 'E-Mail oder Name',
  password: 'Passwort',
  accessKeyId: 'Zugriffsschlüssel',
  secretAccessKey: 'Secret',
  firstHint:
    'Ein neuer Speicher gibt seinen ersten Zugriffsschlüssel samt Secret dort aus, wo er gestartet wurde. `bin/moraine s3cfg` zeigt beide noch einmal.',
  act: 'Anmelden',
  acting: 'Anmeldung läuft',
  expiredTitle: 'Ihre Sitzung ist beendet',
  expired: 'Melden Sie sich wieder an, um fortzufahren. Diese Seite und Ihre Uploads bleiben, wie sie sind.',
  confirmTitle: 'Sind Sie es?',
  confirm: 'Das ändert, was andere dürfen, und Ihre letzte Anmeldung ist mehr als zehn Minuten her.',
  confirmAct: 'Weiter',
  signOut: 'Abmelden',
  plainHttp: 'Nicht verschlüsselt: Alle in diesem Netz können Ihre Schlüssel lesen.',
  setUpTls: 'TLS einrichten',
  needName: 'Geben Sie die E-Mail-Adresse oder den Namen des Kontos ein.',
  needPassword: 'Geben Sie das Passwort ein.',
  needKey: 'Geben Sie den Zugriffsschlüssel ein: etwa 20 Zeichen, ohne Leerzeichen.',
  needSecret: 'Geben Sie das Secret ein, das zum Schlüssel gehört.',
});
