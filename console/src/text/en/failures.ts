/** English: what went wrong, and what to do. By the code of S3 or of the account API; others show the server's own words. */

export const failures = Object.freeze({
  /** Followed by what the server said. */
  unknown: 'The store refused this.',
  unreachable: {
    title: 'The store cannot be reached.',
    next: 'Check the connection. What you did is not lost; try again when it is back.',
  },
  byCode: Object.freeze<Record<string, { readonly title: string; readonly next: string }>>({
    AccessDenied: {
      title: 'You may not do this.',
      next: 'Ask the owner of the bucket for access, or look at why it was refused.',
    },
    AccessControlListNotSupported: {
      title: 'Access lists are off for this bucket.',
      next: 'Its owner owns every object. Use the policy, or change who owns objects under Public access.',
    },
    BucketAlreadyExists: {
      title: 'This name is taken by another account.',
      next: 'Names are unique across the store. Choose another.',
    },
    BucketAlreadyOwnedByYou: {
      title: 'You have a bucket of this name already.',
      next: 'Open it, or choose another name.',
    },
    BucketNotEmpty: {
      title: 'The bucket is not empty.',
      next: 'Empty it first: old versions and unfinished uploads count too.',
    },
    ChangedMeanwhile: {
      title: 'It changed while it was being moved.',
      next: 'It was left where it is, so nothing is lost. Move it again.',
    },
    ChangedWhileRead: {
      title: 'It changed while it was being downloaded.',
      next: 'Half of one and half of another would be neither. Download it again.',
    },
    NoSuchBucket: { title: 'There is no such bucket.', next: 'It may have been deleted. Go back to your buckets.' },
    NoSuchKey: {
      title: 'There is no such object.',
      next: 'It may have been deleted or renamed. Go back to its folder.',
    },
    NoSuchUpload: {
      title: 'The upload is gone.',
      next: 'It was finished or aborted elsewhere. Upload the file again.',
    },
    NoSuchVersion: {
      title: 'There is no such version.',
      next: 'It may have been removed. Look at the versions again.',
    },
    NotAddressable: {
      title: 'No browser can address this key.',
      next: 'Its part “.” or “..” is rewritten before it is sent. Rename it, or use a command line.',
    },
    NotFound: { title: 'It is not there.', next: 'It may have been removed, or it belongs to somebody else.' },
    NotSignedIn: { title: 'Your session has ended.', next: 'Sign in again; this page stays as it is.' },
    ObjectLocked: {
      title: 'The version is locked.',
      next: 'Nobody can remove it before its retention ends or its hold is lifted.',
    },
    OperationAborted: { title: 'Somebody else is changing this right now.', next: 'Try again.' },
    PreconditionFailed: { title: 'It changed meanwhile.', next: 'Look at it as it is now, then decide.' },
    QuotaExceeded: { title: 'The account’s quota is full.', next: 'Delete something, or ask your operator for more.' },
    RecentSignInRequired: {
      title: 'Show once more who you are.',
      next: 'What you are about to do is dangerous to others.',
    },
    RequestTimeTooSkewed: {
      title: 'Your clock is wrong.',
      next: 'The store accepts 15 minutes. Set the clock of this machine, then try again.',
    },
    ServiceUnavailable: { title: 'The store is too busy or not whole.', next: 'Try again in a moment.' },
    SignInFailed: { title: 'This is not right.', next: 'Check what you typed. Keys are case-sensitive.' },
    SlowDown: { title: 'The store asks to slow down.', next: 'Try again in a moment.' },
    Unreadable: {
      title: 'The file could not be read.',
      next: 'It was moved, changed or deleted meanwhile, or this page may no longer read it. Choose it again.',
    },
    UnresolvableGrantByEmailAddress: {
      title: 'Nobody here has this e-mail address.',
      next: 'Check it, or ask for the canonical id of the account instead.',
    },
    TooManyBuckets: {
      title: 'The account has as many buckets as it may have.',
      next: 'Delete one, or ask your operator.',
    },
    TooManyRequests: { title: 'Too many attempts.', next: 'Wait a minute, then try again.' },
  }),
});
