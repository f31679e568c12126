/** German: connecting clients. */

/** Of clients, by the names that addresses have for them. */
const names = Object.freeze({
  s3cmd: 's3cmd',
  's3cmd-v2': 's3cmd, Signatur V2',
  aws: 'aws-cli',
  rclone: 'rclone',
  restic: 'restic',
  boto3: 'boto3 (Python)',
  javascript: 'JavaScript',
  curl: 'curl',
});

export const connect = Object.freeze({
  lead: 'Fertig zum Einfügen, mit der Adresse dieses Speichers und Ihrem Schlüssel.',
  key: 'Mit dem Schlüssel',
  client: 'In',
  names,
  noSecret:
    'Ein Secret wird nur einmal gezeigt, darum steht hier YOUR_SECRET. Bei einem neuen Schlüssel wird seines eingesetzt.',
  withSecret: 'Das Secret ist eingesetzt, bis Sie diese Seite verlassen.',
  v2Refused:
    'Dieser Schlüssel darf nicht mit Signatur V2 signieren: Ändern Sie den Schlüssel, oder wählen Sie einen anderen Client.',
  noKeys: 'Sie haben keinen gültigen Schlüssel. Erstellen Sie zuerst einen.',
  save: (place: string) => `Speichern als ${place}`,
  shell: 'In einer Shell',
  program: (language: string) => `In ${language}`,
  check: 'Dann ausführen',
  waiting: 'Warten auf eine Anfrage mit diesem Schlüssel…',
  usedBefore: (when: string, by: string) =>
    `Zuletzt benutzt: ${when}, ${by}. Anfragen eines Clients, den der Speicher schon kennt, erscheinen innert einer Minute.`,
  connected: (by: string) => `Verbunden: ${by}`,
  somebody: 'ein Client',
  browser: 'ein Browser',
  from: (by: string, address: string) => `${by} von ${address}`,
  configuration: 'Konfiguration',
  command: 'Befehl',
});
