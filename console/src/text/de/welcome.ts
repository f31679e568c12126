/** German: the first run. */

export const welcome = Object.freeze({
  title: 'Ihr Speicher läuft',
  signedIn: (name: string) => `Angemeldet als ${name}`,
  makeBucket: 'Bucket erstellen',
  bucketName: 'Name des Buckets',
  make: 'Erstellen',
  made: (bucket: string) => `${bucket} gehört Ihnen`,
  upload: 'Eine Datei hineinlegen',
  drop: 'Datei hier ablegen',
  choose: 'Datei auswählen',
  uploading: (name: string) => `${name} wird hochgeladen`,
  uploaded: 'Da ist sie:',
  connect: 'Client verbinden',
  connectLead:
    'Derselbe Bucket im Terminal oder in einem Programm: s3cmd, aws, rclone und andere, fertig zum Einfügen.',
  connectAct: 'Zeigen, wie',
  skip: 'Überspringen',
  done: 'fertig',
});
