/** German: what operators see. */

import { count, digits } from './plural.ts';

/** What acts for an account. */
interface Reach {
  readonly keys: number;
  readonly sessions: number;
  readonly shares: number;
  /** There are more than were counted. */
  readonly atLeast: boolean;
}

export const operate = Object.freeze({
  title: 'Betrieb',
  sections: {
    overview: 'Übersicht',
    accounts: 'Konten',
    usage: 'Nutzung',
    storage: 'Speicher',
    errors: 'Fehler',
    audit: 'Audit',
  },
  live: 'Wird alle 10 Sekunden aktualisiert.',
  full: (places: readonly string[]) =>
    places.length === 1 ? `${places[0]} ist fast voll.` : `${places.length} sind fast voll: ${places.join(', ')}.`,
  fullNext:
    'Wo kein Platz ist, wird nicht mehr geschrieben. Fügen Sie Laufwerke hinzu, oder löschen Sie, was es nicht mehr braucht.',
  byUse: 'Konten nach Nutzung',
  allUse: 'Alle Konten',
  recent: 'Fehlgeschlagene Anfragen, letzte 24 Stunden',
  recentSince: (when: string) => `Fehlgeschlagene Anfragen seit ${when}`,
  ofMost: (name: string) => `${name}, verglichen mit dem grössten`,
  recentNote: 'Höchstens dreissig pro Minute werden aufbewahrt: Es können mehr gewesen sein.',
  recentNone: 'Keine in den letzten 24 Stunden.',
  recentLast: 'zuletzt',
  allErrors: 'Alle',
  times: (many: number) => `× ${digits(many)}`,
  states: {
    whole: (whole: number, wanted: number) => `Alle Daten liegen auf ${whole} von ${wanted} Kopien`,
    short: (whole: number, wanted: number) =>
      `Nur ${whole} von ${wanted} Kopien ${whole === 1 ? 'ist' : 'sind'} verfügbar`,
    halted: (whole: number, minimum: number) =>
      `Es wird nicht mehr geschrieben: ${count(whole, 'Kopie ist', 'Kopien sind')} verfügbar, nötig ${minimum === 1 ? 'ist' : 'sind'} ${minimum}`,
  },
  next: {
    whole: '',
    short:
      'Anfragen werden weiter beantwortet. Bringen Sie die ausgefallene Kopie unten zurück, oder ersetzen Sie sie: Wie, steht in docs/operations.md.',
    halted:
      'Verloren ist nichts, und gelesen wird weiter, wo es geht. Bringen Sie eine Kopie zurück: Wie, steht in docs/operations.md.',
  },
  single: 'Hier wird eine Kopie gehalten. Für drei nennen Sie in der Konfiguration weitere Laufwerke.',
  requests: 'Anfragen',
  rate: 'pro Sekunde',
  total: 'seit dem Start',
  refused: 'abgelehnt',
  failed: 'fehlgeschlagen',
  inFlight: 'im Gang',
  received: 'empfangen',
  sent: 'gesendet',
  copies: {
    title: 'Kopien',
    drives: 'Laufwerke',
    cluster: 'Knoten',
    place: 'Wo',
    state: 'Status',
    used: 'Belegt',
    why: 'Meldung',
    unknown: 'unbekannt',
  },
  scrub: {
    title: 'Prüflauf über alles Gespeicherte',
    last: 'Zuletzt',
    healed: 'Reparierte Schäden',
    lost: 'Schäden ohne gute Kopie',
    nothing: 'keine',
    never:
      'Der Speicher wurde in letzter Zeit nicht vollständig gelesen. `moraine scrub` liest jedes Byte, prüft es und repariert, was sich reparieren lässt.',
  },
  copyStates: { up: 'verfügbar', rebuilding: 'wird gefüllt', down: 'ausgefallen' },
  percent: (share: number) => `${Math.round(share * 100)}\u00a0%`,
  accounts: {
    list: 'Konten',
    add: 'Neues Konto',
    name: 'Name',
    email: 'E-Mail',
    emailHint: 'Über sie lässt sich Zugriff erteilen. Darf leer sein.',
    role: 'Rolle',
    roles: { operator: 'Betreiber', tenant: 'Mandant' },
    state: 'Status',
    states: { active: 'aktiv', suspended: 'gesperrt' },
    since: 'Seit',
    create: 'Konto erstellen',
    nameHint: 'Damit meldet es sich an: Kleinbuchstaben, Ziffern, Punkte und Bindestriche.',
    made: 'Das Konto ist erstellt. Es hat noch kein Passwort und keinen Schlüssel.',
    back: 'Alle Konten',
    suspend: 'Sperren',
    resume: 'Sperre aufheben',
    moreOf: (name: string) => `Mehr zu ${name}`,
    change: 'Ändern',
    changeTitle: (name: string) => `${name} ändern`,
    nameNow: 'Damit und mit der E-Mail-Adresse meldet sich das Konto an.',
    emailNow: 'Über sie wird Zugriff erteilt, und das Konto meldet sich damit an. Leer: keine.',
    becomesOperator:
      'Als Betreiber verwaltet es den Speicher: alle Konten, ihre Schlüssel und Passwörter, und das Audit-Protokoll.',
    becomesTenant: 'Als Mandant verwaltet es seine eigenen Schlüssel und Buckets, nicht mehr den Speicher.',
    becomesTenantSelf: 'Sie verlieren diese Seiten sofort. Ein anderer Betreiber kann sie Ihnen zurückgeben.',
    own: 'Das ist Ihr eigenes Konto. Ihr Passwort, Ihre Schlüssel und Sitzungen finden Sie unter',
    ownLink: 'Konto',
    notCounted: 'Was von dem Konto abhängt, konnte nicht gezählt werden.',
    resumeTitle: (name: string) => `Sperre von ${name} aufheben?`,
    resumeText:
      'Schlüssel und Links, die noch gelten, wirken ab der nächsten Anfrage wieder, und mit dem Passwort kann man sich anmelden.',
    reach: ({ keys, sessions, shares, atLeast }: Reach) =>
      `${atLeast ? 'Mindestens ' : ''}${count(keys, 'gültiger Schlüssel', 'gültige Schlüssel')}, ${count(sessions, 'Sitzung', 'Sitzungen')} und ${count(shares, 'Link', 'Links')}`,
    data: (buckets: number, size: string, atLeast: boolean) =>
      `${atLeast ? 'mindestens ' : ''}${count(buckets, 'Bucket', 'Buckets')}, ${size}`,
    suspendTitle: (name: string) => `${name} sperren?`,
    suspendText: (reach: string) => `${reach}: ab der nächsten Anfrage überall abgelehnt.`,
    suspendData: (data: string) => `Die Daten bleiben: ${data}.`,
    suspendBack: 'Die Sperre lässt sich aufheben: Schlüssel und Links gelten dann wieder, Sitzungen beginnen von vorn.',
    suspended: 'Gesperrt',
    resumed: 'Die Sperre ist aufgehoben',
    password: 'Passwort setzen',
    passwordTitle: (name: string) => `Passwort für ${name} setzen`,
    passwordText: 'Das Konto meldet sich mit seinem Namen oder seiner E-Mail-Adresse und diesem Passwort an.',
    passwordLength: (least: number) => `Mindestens ${least} Zeichen. Gut eignet sich ein ganzer Satz.`,
    passwordEnds: (sessions: number) =>
      `${count(sessions, 'Sitzung', 'Sitzungen')} des Kontos ${sessions === 1 ? 'endet' : 'enden'}. Seine Schlüssel bleiben.`,
    passwordSet: 'Das Passwort ist gesetzt',
    noPassword: 'Passwort entfernen',
    noPasswordTitle: (name: string) => `Passwort von ${name} entfernen?`,
    noPasswordText:
      'Mit dem Namen des Kontos kann sich dann niemand mehr an der Console anmelden; mit einem seiner Schlüssel weiterhin.',
    passwordGone: 'Das Passwort ist entfernt',
    endSessions: 'Alle Sitzungen beenden',
    endSessionsTitle: (name: string) => `Alle Sitzungen von ${name} beenden?`,
    endSessionsText:
      'Wer damit angemeldet ist, wird sofort abgemeldet, und temporäre Anmeldedaten enden. Die Schlüssel des Kontos bleiben.',
    ended: 'Beendet',
    saved: 'Gespeichert',
    remove: 'Konto entfernen',
    removeTitle: (name: string) => `${name} entfernen?`,
    removeText: (reach: string) =>
      `${reach}: endgültig weg. Was andere dem Konto erlaubt haben, gilt danach für niemanden mehr.`,
    removeAudit:
      'Name und E-Mail-Adresse werden frei. Was das Konto getan hat, bleibt im Audit-Protokoll. Das lässt sich nicht rückgängig machen.',
    removeType: (name: string) => `Geben Sie ${name} ein, um das Konto zu entfernen`,
    removeNot: (data: string) =>
      `Dem Konto gehört noch etwas: ${data}. Entfernen lässt es sich erst, wenn ihm kein Bucket mehr gehört: Löschen Sie diese zuerst, mit diesem Konto oder einem seiner Schlüssel angemeldet.`,
    removed: (name: string) => `${name} ist entfernt`,
    keys: 'Schlüssel',
    noKeys: 'Das Konto hat keine Schlüssel.',
    moreKeys: 'Mehr Schlüssel',
    shares: 'Links',
    holds: 'Was ihm gehört',
    holdsNothing: 'Dem Konto gehört kein Bucket.',
    moreBuckets: 'Mehr Buckets',
    save: 'Speichern',
    canonicalId: 'Kanonische ID',
    noEmail: 'keine',
    noPasswordYet: 'keines',
    hasPassword: 'gesetzt',
    passwordName: 'Passwort',
  },
  usage: {
    largest: (shown: number) => `Die ${digits(shown)} grössten; andere haben weniger.`,
    list: 'Nutzung nach Konto',
    account: 'Konto',
    buckets: 'Buckets',
    bucket: 'Bucket',
    objects: 'Objekte',
    bytes: 'Grösse',
    old: 'Alte Versionen',
    uploads: 'Unfertige Uploads',
    counted: 'Gezählt',
    atLeast: (text: string) => `mindestens ${text}`,
    notYet: 'noch nicht',
    bodies: 'Bytes, die im Speicher liegen, jeder Inhalt einmal gezählt',
    trash: 'Wartet auf die Bereinigung',
    none: 'Bei der letzten Zählung hatte niemand einen Bucket.',
    versions: (many: number) => count(many, 'Version', 'Versionen'),
  },
  errors: {
    list: 'Fehlgeschlagene Anfragen',
    none: 'Keine Anfrage ist fehlgeschlagen.',
    when: 'Wann',
    what: 'Was',
    target: 'Ziel',
    who: 'Wer',
    answer: 'Antwort',
    from: 'Von',
    actions: 'Warum?',
    more: 'Ältere',
  },
});
