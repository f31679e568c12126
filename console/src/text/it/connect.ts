/** Italian: connecting clients. */

/** Of clients, by the names that addresses have for them. */
const names = Object.freeze({
  s3cmd: 's3cmd',
  's3cmd-v2': 's3cmd, firma V2',
  aws: 'aws-cli',
  rclone: 'rclone',
  restic: 'restic',
  boto3: 'boto3 (Python)',
  javascript: 'JavaScript',
  curl: 'curl',
});

export const connect = Object.freeze({
  lead: 'Pronto da incollare, con l’indirizzo di questo storage e la vostra chiave.',
  key: 'Con la chiave',
  client: 'In',
  names,
  noSecret:
    'I segreti sono mostrati una volta sola: YOUR_SECRET ne fa le veci. Una nuova chiave arriva con il proprio.',
  withSecret: 'Il segreto è inserito finché non lasciate questa pagina.',
  v2Refused: 'Questa chiave non può firmare con la firma V2: modificatela, o scegliete un altro client.',
  noKeys: 'Non avete alcuna chiave che funzioni. Createne prima una.',
  save: (place: string) => `Salvare come ${place}`,
  shell: 'In una shell',
  program: (language: string) => `In ${language}`,
  check: 'Poi eseguire',
  waiting: 'In attesa di una richiesta di questa chiave …',
  usedBefore: (when: string, by: string) =>
    `È stata usata ${when} da ${by}. Una richiesta di un client che lo storage conosce già appare entro un minuto.`,
  connected: (by: string) => `Collegato: ${by}`,
  somebody: 'un client',
  browser: 'un browser',
  from: (by: string, address: string) => `${by} da ${address}`,
  configuration: 'Configurazione',
  command: 'Comando',
});
