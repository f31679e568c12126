/** English: signing in and out. */

export const session = Object.freeze({
  title: 'Sign in',
  lead: 'To your account on this store.',
  withPassword: 'Password',
  withKey: 'Access key',
  how: 'Sign in with',
  name: 'E-mail or name',
  password: 'Password',
  accessKeyId: 'Access key',
  secretAccessKey: 'Secret key',
  firstHint:
    'A new store prints its first access key and secret where it was started. `bin/moraine s3cfg` shows them again.',
  act: 'Sign in',
  acting: 'Signing in',
  expiredTitle: 'Your session has ended',
  expired: 'Sign in again to go on. This page and your uploads stay as they are.',
  confirmTitle: 'Is it you?',
  confirm: 'This changes what others may do, and your last sign-in is more than ten minutes ago.',
  confirmAct: 'Go on',
  signOut: 'Sign out',
  plainHttp: 'Not encrypted: anyone on this network can read your keys.',
  setUpTls: 'Set up TLS',
  needName: 'Give the e-mail or the name of the account.',
  needPassword: 'Give the password.',
  needKey: 'Give the access key: 20 characters or so, without spaces.',
  needSecret: 'Give the secret that belongs to the key.',
});
