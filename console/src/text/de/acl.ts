/** German: who may what by an ACL, of buckets, objects and whole folders. */

import { objects } from './plural.ts';

/** `a, b und c`. */
const LIST = new Intl.ListFormat('de-CH', { type: 'conjunction' });

export const acl = Object.freeze({
  quick: 'Schnellwahl',
  custom: 'Eigene',
  canned: Object.freeze({
    private: 'Privat',
    'public-read': 'Alle lesen',
    'public-read-write': 'Alle lesen, schreiben',
    'authenticated-read': 'Angemeldete lesen',
    'bucket-owner-read': 'Bucket-Eigentümer liest',
    'bucket-owner-full-control': 'Bucket-Eigentümer darf alles',
  }),
  grid: 'Wer was darf',
  grantee: 'Wer',
  permissions: Object.freeze({
    READ: 'Lesen',
    WRITE: 'Schreiben',
    READ_ACP: 'ACP lesen',
    WRITE_ACP: 'ACP schreiben',
    FULL_CONTROL: 'Alles',
  }),
  hints: Object.freeze({
    bucket: Object.freeze({
      READ: 'Auflisten, was im Bucket ist',
      WRITE: 'Objekte im Bucket anlegen, ersetzen und löschen',
      READ_ACP: 'Diese Zugriffsregeln lesen',
      WRITE_ACP: 'Diese Zugriffsregeln ändern',
      FULL_CONTROL: 'Alle vier',
    }),
    object: Object.freeze({
      READ: 'Das Objekt und seine Metadaten lesen',
      WRITE: 'Bei Objekten ohne Wirkung: Wer schreiben darf, bestimmt der Bucket',
      READ_ACP: 'Diese Zugriffsregeln lesen',
      WRITE_ACP: 'Diese Zugriffsregeln ändern',
      FULL_CONTROL: 'Alle vier',
    }),
  }),
  bucketRead: 'Auflisten',
  everyone: 'Alle',
  signedIn: 'Alle Angemeldeten',
  logDelivery: 'Log-Zustellung',
  owner: 'Eigentümer',
  /** Of a box: who and what. */
  cell: (who: string, permission: string) => `${who}: ${permission}`,
  implied: 'In «Alles» schon enthalten',
  remove: (who: string) => `Eintrag entfernen: ${who}`,
  add: 'Hinzufügen',
  addTitle: 'Jemanden hinzufügen',
  kinds: Object.freeze({
    email: 'Konto, nach E-Mail',
    id: 'Konto, nach kanonischer ID',
    'signed-in': 'Alle Angemeldeten',
    everyone: 'Alle',
    'log-delivery': 'Log-Zustellung',
  }),
  email: 'E-Mail',
  canonicalId: 'Kanonische ID',
  badEmail: 'Das ist keine E-Mail-Adresse. Sie sieht aus wie ben@example.org.',
  badId: 'Eine kanonische ID hat 64 Zeichen, 0–9 und a–f. Im Konto steht sie unter «Profil».',
  means: 'Bedeutung',
  meansNow: 'Wie es gespeichert ist',
  meansThen: 'Sobald es gespeichert ist',
  meansAsking: 'Der Speicher wird gefragt, was das bedeutet…',
  meansHidden: 'Was die Regeln des Buckets daraus machen, erfährt nur dessen Eigentümer.',
  meansFolder:
    'Bedeutet für jedes Objekt dasselbe: Was es für ein einzelnes bedeutet, steht bei diesem unter «Zugriff».',
  who: Object.freeze({
    public: (what: string) => `Alle im Internet können ${what}.`,
    accounts: (what: string) => `Alle, die hier ein Konto haben, können ${what}.`,
    partly: 'Die Richtlinie des Buckets lässt alle zu, zu einem Teil davon oder unter Bedingungen.',
    others: (names: string) => `Neben dem Eigentümer haben hier auch andere Rechte: ${names}.`,
    private: 'Niemand ausser dem Eigentümer kann es sehen.',
    objects: 'Einzelne Objekte können durch eigene Regeln offen sein.',
  }),
  may: Object.freeze({
    readObject: 'dieses Objekt lesen',
    readAll: 'jedes Objekt in diesem Bucket lesen',
    write: 'hier schreiben',
    list: 'diesen Bucket auflisten',
    and: (parts: readonly string[]) => LIST.format(parts),
  }),
  address: 'Die Adresse',
  stopped: 'Hier ist allen etwas erlaubt, und doch ist nichts öffentlich:',
  stopAccess: 'Zum öffentlichen Zugriff',
  stopPolicy: 'Zur Richtlinie',
  off: 'Für diesen Bucket sind Zugriffslisten ausgeschaltet: Alle Objekte gehören seinem Eigentümer, und wer sonst was darf, sagt die Richtlinie.',
  offAct: 'Zum Objekteigentum',
  changes: 'Änderungen',
  change: (added: boolean, who: string, permission: string) => `${added ? '+' : '−'} ${who} ${permission}`,
  save: 'Zugriff speichern',
  saveFolder: (many: number | undefined) =>
    many === undefined ? 'Auf alle Objekte darin anwenden' : `Auf ${objects(many)} anwenden`,
  saved: 'Der Zugriff ist gespeichert.',
  askTitle: 'Öffentlich machen?',
  ask: Object.freeze({
    bucket: 'Wer die Adresse kennt, kann dann mit dem Bucket als Ganzem tun, was in der Liste steht.',
    object: 'Wer die Adresse kennt, kann dann dieses Objekt lesen.',
    folder: (many: number | undefined) =>
      `Wer eine Adresse kennt, kann dann ${many === undefined ? 'jedes Objekt im Ordner' : objects(many)} lesen.`,
  }),
  askAct: 'Öffentlich machen',
});
