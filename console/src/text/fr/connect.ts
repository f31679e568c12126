/** French: connecting clients. */

/** Of clients, by the names that addresses have for them. */
const names = Object.freeze({
  s3cmd: 's3cmd',
  's3cmd-v2': 's3cmd, signature V2',
  aws: 'aws-cli',
  rclone: 'rclone',
  restic: 'restic',
  boto3: 'boto3 (Python)',
  javascript: 'JavaScript',
  curl: 'curl',
});

export const connect = Object.freeze({
  lead: 'Prêt à coller, avec l’adresse de ce stockage et votre clé.',
  key: 'Avec la clé',
  client: 'Dans',
  names,
  noSecret:
    'Les secrets ne sont affichés qu’une fois : YOUR_SECRET en tient lieu. Une nouvelle clé vient avec le sien.',
  withSecret: 'Le secret est rempli jusqu’à ce que vous quittiez cette page.',
  v2Refused: 'Cette clé ne peut pas signer avec la signature V2 : modifiez-la, ou choisissez un autre client.',
  noKeys: 'Vous n’avez aucune clé qui fonctionne. Créez-en une d’abord.',
  save: (place: string) => `Enregistrer sous ${place}`,
  shell: 'Dans un shell',
  program: (language: string) => `En ${language}`,
  check: 'Puis exécuter',
  waiting: 'En attente d’une requête de cette clé …',
  usedBefore: (when: string, by: string) =>
    `Elle a servi ${when} à ${by}. Une requête d’un client que le stockage connaît déjà apparaît en moins d’une minute.`,
  connected: (by: string) => `Connecté : ${by}`,
  somebody: 'un client',
  browser: 'un navigateur',
  from: (by: string, address: string) => `${by} depuis ${address}`,
  configuration: 'Configuration',
  command: 'Commande',
});
