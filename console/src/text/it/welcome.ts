/** Italian: the first run. */

export const welcome = Object.freeze({
  title: 'Il vostro storage è in funzione',
  signedIn: (name: string) => `Accesso eseguito come ${name}`,
  makeBucket: 'Creare un bucket',
  bucketName: 'Nome del bucket',
  make: 'Crea',
  made: (bucket: string) => `${bucket} è vostro`,
  upload: 'Metterci un file',
  drop: 'Trascinate qui un file',
  choose: 'Scegli un file',
  uploading: (name: string) => `Caricamento di ${name}`,
  uploaded: 'Eccolo:',
  connect: 'Collegare un client',
  connectLead: 'Lo stesso bucket da un terminale o un programma: s3cmd, aws, rclone e altri, pronti da incollare.',
  connectAct: 'Mostra come',
  skip: 'Salta',
  done: 'fatto',
});
