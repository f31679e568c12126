/** Italian: signing in and out. */

export const session = Object.freeze({
  title: 'Accedi',
  lead: 'Al vostro account su questo storage.',
  withPassword: 'Password',
  withKey: 'Chiave di accesso',
  how: 'Accedi con',
  name: 'E-mail o nome',
  password: 'Password',
  accessKeyId: 'Chiave di accesso',
  secretAccessKey: 'Chiave segreta',
  firstHint:
    'Uno storage nuovo mostra la sua prima chiave di accesso e il segreto là dove è stato avviato. `bin/moraine s3cfg` li mostra di nuovo.',
  act: 'Accedi',
  acting: 'Accesso in corso',
  expiredTitle: 'La sessione è terminata',
  expired: 'Accedete di nuovo per continuare. Questa pagina e i caricamenti restano come sono.',
  confirmTitle: 'Siete voi?',
  confirm: 'Questo cambia ciò che altri possono fare, e l’ultimo accesso risale a più di dieci minuti fa.',
  confirmAct: 'Continua',
  signOut: 'Esci',
  plainHttp: 'Non cifrato: su questa rete chiunque può leggere le vostre chiavi.',
  setUpTls: 'Configurare TLS',
  needName: 'Indicate l’e-mail o il nome dell’account.',
  needPassword: 'Indicate la password.',
  needKey: 'Indicate la chiave di accesso: una ventina di caratteri, senza spazi.',
  needSecret: 'Indicate il segreto che appartiene alla chiave.',
});
