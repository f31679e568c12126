/** French: the first run. */

export const welcome = Object.freeze({
  title: 'Votre stockage fonctionne',
  signedIn: (name: string) => `Connecté en tant que ${name}`,
  makeBucket: 'Créer un bucket',
  bucketName: 'Nom du bucket',
  make: 'Créer',
  made: (bucket: string) => `${bucket} est à vous`,
  upload: 'Y mettre un fichier',
  drop: 'Déposez un fichier ici',
  choose: 'Choisir un fichier',
  uploading: (name: string) => `Envoi de ${name}`,
  uploaded: 'Le voici :',
  connect: 'Connecter un client',
  connectLead: 'Le même bucket depuis un terminal ou un programme : s3cmd, aws, rclone et d’autres, prêts à coller.',
  connectAct: 'Montrer comment',
  skip: 'Passer',
  done: 'fait',
});
