/** French: signing in and out. */

export const session = Object.freeze({
  title: 'Se connecter',
  lead: 'À votre compte sur ce stockage.',
  withPassword: 'Mot de passe',
  withKey: 'Clé d’accès',
  how: 'Se connecter avec',
  name: 'E-mail ou nom',
  password: 'Mot de passe',
  accessKeyId: 'Clé d’accès',
  secretAccessKey: 'Clé secrète',
  firstHint:
    'Un stockage neuf affiche sa première clé d’accès et son secret là où il a été démarré. `bin/moraine s3cfg` les affiche à nouveau.',
  act: 'Se connecter',
  acting: 'Connexion',
  expiredTitle: 'Votre session est terminée',
  expired: 'Reconnectez-vous pour continuer. Cette page et vos envois restent tels quels.',
  confirmTitle: 'Est-ce bien vous ?',
  confirm: 'Cela change ce que d’autres peuvent faire, et votre dernière connexion date de plus de dix minutes.',
  confirmAct: 'Continuer',
  signOut: 'Se déconnecter',
  plainHttp: 'Non chiffré : sur ce réseau, n’importe qui peut lire vos clés.',
  setUpTls: 'Configurer TLS',
  needName: 'Indiquez l’e-mail ou le nom du compte.',
  needPassword: 'Indiquez le mot de passe.',
  needKey: 'Indiquez la clé d’accès : une vingtaine de caractères, sans espaces.',
  needSecret: 'Indiquez le secret qui va avec la clé.',
});
