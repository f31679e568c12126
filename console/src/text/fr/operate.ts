/** French: what operators see. */

import { agreeing, count, digits } from './plural.ts';

/** What acts for an account. */
interface Reach {
  readonly keys: number;
  readonly sessions: number;
  readonly shares: number;
  /** There are more than were counted. */
  readonly atLeast: boolean;
}

export const operate = Object.freeze({
  title: 'Exploitation',
  sections: {
    overview: 'Aperçu',
    accounts: 'Comptes',
    usage: 'Utilisation',
    storage: 'Stockage',
    errors: 'Erreurs',
    audit: 'Journal',
  },
  live: 'Relevé toutes les 10 secondes.',
  full: (places: readonly string[]) =>
    places.length === 1
      ? `${places[0]} est presque plein.`
      : `${places.length} sont presque pleins : ${places.join(', ')}.`,
  fullNext: 'Les écritures s’arrêtent là où la place manque. Ajoutez des disques, ou supprimez ce qui ne sert plus.',
  byUse: 'Comptes par utilisation',
  allUse: 'Tous les comptes',
  recent: 'Requêtes en échec, dernières 24 heures',
  recentSince: (when: string) => `Requêtes en échec depuis ${when}`,
  ofMost: (name: string) => `${name}, à côté du plus grand`,
  recentNote: 'Trente par minute au plus sont gardées : il peut y en avoir eu davantage.',
  recentNone: 'Aucune ces dernières 24 heures.',
  recentLast: 'la dernière',
  allErrors: 'Toutes',
  times: (many: number) => `× ${digits(many)}`,
  states: {
    whole: (whole: number, wanted: number) => `Toutes les données sur ${whole} copies sur ${wanted}`,
    short: (whole: number, wanted: number) =>
      `Seulement ${whole} ${agreeing(whole, 'copie disponible', 'copies disponibles')} sur ${wanted}`,
    halted: (whole: number, minimum: number) =>
      `Les écritures sont arrêtées : ${count(whole, 'copie disponible', 'copies disponibles')}, il en faut ${minimum}`,
  },
  next: {
    whole: '',
    short:
      'Les requêtes continuent. Rétablissez la copie en panne ci-dessous, ou remplacez-la : docs/operations.md dit comment.',
    halted:
      'Rien n’est perdu, et la lecture continue où elle peut. Rétablissez une copie : docs/operations.md dit comment.',
  },
  single: 'Une seule copie est gardée ici. Nommez d’autres disques dans la configuration pour en garder trois.',
  requests: 'Requêtes',
  rate: 'par seconde',
  total: 'depuis le démarrage',
  refused: 'refusées',
  failed: 'en échec',
  inFlight: 'en cours',
  received: 'reçu',
  sent: 'envoyé',
  copies: {
    title: 'Copies',
    drives: 'Disques',
    cluster: 'Nœuds',
    place: 'Où',
    state: 'État',
    used: 'Utilisé',
    why: 'Signalé',
    unknown: 'inconnu',
  },
  scrub: {
    title: 'Lecture de tout ce qui est stocké',
    last: 'Dernière fois',
    healed: 'Dommages réparés',
    lost: 'Dommages sans bonne copie',
    nothing: 'aucun',
    never:
      'Le stockage n’a pas été lu de bout en bout récemment. `moraine scrub` lit chaque octet, le contrôle et répare ce qui peut l’être.',
  },
  copyStates: { up: 'disponible', rebuilding: 'en remplissage', down: 'en panne' },
  percent: (share: number) => `${Math.round(share * 100)} %`,
  accounts: {
    list: 'Comptes',
    add: 'Nouveau compte',
    name: 'Nom',
    email: 'E-mail',
    emailHint: 'On peut lui accorder des droits. Peut rester vide.',
    role: 'Rôle',
    roles: { operator: 'Exploitant', tenant: 'Client' },
    state: 'État',
    states: { active: 'actif', suspended: 'suspendu' },
    since: 'Depuis',
    create: 'Créer le compte',
    nameHint: 'Avec quoi il se connecte : minuscules, chiffres, points et tirets.',
    made: 'Le compte est créé. Il n’a encore ni mot de passe ni clé.',
    back: 'Tous les comptes',
    suspend: 'Suspendre',
    resume: 'Rouvrir',
    moreOf: (name: string) => `Plus sur ${name}`,
    change: 'Modifier',
    changeTitle: (name: string) => `Modifier ${name}`,
    nameNow: 'Il se connecte avec lui, et avec son e-mail.',
    emailNow: 'On lui accorde des droits avec, et il se connecte avec. Vide : aucun.',
    becomesOperator:
      'Comme exploitant, il administre le stockage : tous les comptes, leurs clés et mots de passe, et le journal.',
    becomesTenant: 'Comme client, il s’occupe de ses propres clés et buckets, et plus du stockage.',
    becomesTenantSelf: 'Vous perdez aussitôt ces pages. Un autre exploitant peut vous les rendre.',
    own: 'C’est votre propre compte. Votre mot de passe, vos clés et vos sessions sont sous',
    ownLink: 'Compte',
    notCounted: 'Ce qu’il atteint n’a pas pu être compté.',
    resumeTitle: (name: string) => `Rouvrir ${name} ?`,
    resumeText:
      'Ses clés et liens encore valables fonctionnent dès la prochaine requête, et son mot de passe le connecte.',
    reach: ({ keys, sessions, shares, atLeast }: Reach) =>
      `${atLeast ? 'Au moins ' : ''}${count(keys, 'clé qui fonctionne', 'clés qui fonctionnent')}, ${count(sessions, 'session', 'sessions')} et ${count(shares, 'lien', 'liens')}`,
    data: (buckets: number, size: string, atLeast: boolean) =>
      `${atLeast ? 'au moins ' : ''}${count(buckets, 'bucket', 'buckets')}, ${size}`,
    suspendTitle: (name: string) => `Suspendre ${name} ?`,
    suspendText: (reach: string) => `${reach} : refusés dès la prochaine requête, partout.`,
    suspendData: (data: string) => `Ses données restent : ${data}.`,
    suspendBack: 'Vous pouvez le rouvrir : ses clés et liens fonctionnent alors, ses sessions sont à recommencer.',
    suspended: 'Suspendu',
    resumed: 'Le compte est rouvert',
    password: 'Définir un mot de passe',
    passwordTitle: (name: string) => `Définir un mot de passe pour ${name}`,
    passwordText: 'Il se connecte avec son nom ou son e-mail et ce mot de passe.',
    passwordLength: (least: number) => `Au moins ${least} caractères. Une phrase convient bien.`,
    passwordEnds: (sessions: number) =>
      sessions < 2
        ? `${count(sessions, 'de ses sessions', 'de ses sessions')} se termine. Ses clés restent.`
        : `${count(sessions, 'de ses sessions', 'de ses sessions')} se terminent. Ses clés restent.`,
    passwordSet: 'Le mot de passe est défini',
    noPassword: 'Retirer le mot de passe',
    noPasswordTitle: (name: string) => `Retirer le mot de passe de ${name} ?`,
    noPasswordText: 'Personne ne se connecte plus à la console avec son nom ; avec une de ses clés, on le peut encore.',
    passwordGone: 'Le mot de passe est retiré',
    endSessions: 'Terminer toutes ses sessions',
    endSessionsTitle: (name: string) => `Terminer toutes les sessions de ${name} ?`,
    endSessionsText:
      'Qui est connecté avec lui est aussitôt déconnecté, et les accès temporaires prennent fin. Ses clés restent.',
    ended: 'Terminées',
    saved: 'Enregistré',
    remove: 'Supprimer le compte',
    removeTitle: (name: string) => `Supprimer ${name} ?`,
    removeText: (reach: string) =>
      `${reach} : perdus pour de bon. Ce que d’autres lui ont accordé ne désigne plus personne.`,
    removeAudit: 'Son nom et son e-mail redeviennent libres. Ce qu’il a fait reste dans le journal. C’est irrévocable.',
    removeType: (name: string) => `Tapez ${name} pour le supprimer`,
    removeNot: (data: string) =>
      `Il possède encore ${data}. Un compte n’est supprimé que s’il ne possède aucun bucket : supprimez-les d’abord, connecté comme lui ou avec une de ses clés.`,
    removed: (name: string) => `${name} est supprimé`,
    keys: 'Clés',
    noKeys: 'Il n’a pas de clés.',
    moreKeys: 'Plus de clés',
    shares: 'Liens',
    holds: 'Ce qu’il contient',
    holdsNothing: 'Il ne possède aucun bucket.',
    moreBuckets: 'Plus de buckets',
    save: 'Enregistrer',
    canonicalId: 'Identifiant canonique',
    noEmail: 'aucun',
    noPasswordYet: 'aucun',
    hasPassword: 'défini',
    passwordName: 'Mot de passe',
  },
  usage: {
    largest: (shown: number) => `Les ${digits(shown)} plus grands ; les autres contiennent moins.`,
    list: 'Utilisation par compte',
    account: 'Compte',
    buckets: 'Buckets',
    bucket: 'Bucket',
    objects: 'Objets',
    bytes: 'Taille',
    old: 'Anciennes versions',
    uploads: 'Envois inachevés',
    counted: 'Compté',
    atLeast: (text: string) => `au moins ${text}`,
    notYet: 'pas encore',
    bodies: 'Octets qui sont dans le stockage, chaque contenu une fois',
    trash: 'En attente d’être récupérés',
    none: 'Lors du dernier comptage, personne n’avait de bucket.',
    versions: (many: number) => count(many, 'version', 'versions'),
  },
  errors: {
    list: 'Requêtes en échec',
    none: 'Aucune requête n’a échoué.',
    when: 'Quand',
    what: 'Quoi',
    target: 'Pour',
    who: 'Qui',
    answer: 'Réponse',
    from: 'Depuis',
    actions: 'Pourquoi ?',
    more: 'Plus ancien',
  },
});
