/** French: what went wrong, and what to do. By the code of S3 or of the account API; others show the server's own words. */

export const failures = Object.freeze({
  /** Followed by what the server said. */
  unknown: 'Le stockage a refusé.',
  unreachable: {
    title: 'Le stockage est injoignable.',
    next: 'Vérifiez la connexion. Ce que vous avez fait n’est pas perdu ; réessayez quand elle est rétablie.',
  },
  byCode: Object.freeze<Record<string, { readonly title: string; readonly next: string }>>({
    AccessDenied: {
      title: 'Vous n’en avez pas le droit.',
      next: 'Demandez l’accès au propriétaire du bucket, ou regardez pourquoi c’est refusé.',
    },
    AccessControlListNotSupported: {
      title: 'Les listes d’accès sont désactivées pour ce bucket.',
      next: 'Son propriétaire possède chaque objet. Utilisez la politique, ou changez à qui sont les objets sous « Accès public ».',
    },
    BucketAlreadyExists: {
      title: 'Ce nom est pris par un autre compte.',
      next: 'Les noms sont uniques dans tout le stockage. Choisissez-en un autre.',
    },
    BucketAlreadyOwnedByYou: {
      title: 'Vous avez déjà un bucket de ce nom.',
      next: 'Ouvrez-le, ou choisissez un autre nom.',
    },
    BucketNotEmpty: {
      title: 'Le bucket n’est pas vide.',
      next: 'Videz-le d’abord : les anciennes versions et les envois inachevés comptent aussi.',
    },
    ChangedMeanwhile: {
      title: 'L’objet a changé pendant son déplacement.',
      next: 'Il est resté où il est, rien n’est donc perdu. Déplacez-le à nouveau.',
    },
    ChangedWhileRead: {
      title: 'L’objet a changé pendant son téléchargement.',
      next: 'La moitié de l’un et la moitié de l’autre ne seraient ni l’un ni l’autre. Téléchargez-le à nouveau.',
    },
    NoSuchBucket: {
      title: 'Ce bucket n’existe pas.',
      next: 'Il a peut-être été supprimé. Revenez à vos buckets.',
    },
    NoSuchKey: {
      title: 'Cet objet n’existe pas.',
      next: 'Il a peut-être été supprimé ou renommé. Revenez à son dossier.',
    },
    NoSuchUpload: {
      title: 'L’envoi n’existe plus.',
      next: 'Il a été terminé ou abandonné ailleurs. Envoyez le fichier à nouveau.',
    },
    NoSuchVersion: {
      title: 'Cette version n’existe pas.',
      next: 'Elle a peut-être été supprimée. Regardez à nouveau les versions.',
    },
    NotAddressable: {
      title: 'Aucun navigateur ne peut adresser cette clé.',
      next: 'Sa partie « . » ou « .. » est réécrite avant l’envoi. Renommez-la, ou utilisez une ligne de commande.',
    },
    NotFound: {
      title: 'Ce n’est pas là.',
      next: 'Cela a peut-être été supprimé, ou appartient à quelqu’un d’autre.',
    },
    NotSignedIn: {
      title: 'Votre session est terminée.',
      next: 'Reconnectez-vous ; cette page reste telle quelle.',
    },
    ObjectLocked: {
      title: 'La version est verrouillée.',
      next: 'Personne ne peut la supprimer avant la fin de sa rétention ou la levée du blocage.',
    },
    OperationAborted: { title: 'Quelqu’un d’autre modifie cela en ce moment.', next: 'Réessayez.' },
    PreconditionFailed: {
      title: 'Cela a changé entre-temps.',
      next: 'Regardez ce qu’il en est maintenant, puis décidez.',
    },
    QuotaExceeded: {
      title: 'Le quota du compte est atteint.',
      next: 'Supprimez quelque chose, ou demandez-en plus à votre exploitant.',
    },
    RecentSignInRequired: {
      title: 'Montrez encore une fois qui vous êtes.',
      next: 'Ce que vous allez faire peut nuire à d’autres.',
    },
    RequestTimeTooSkewed: {
      title: 'Votre horloge n’est pas à l’heure.',
      next: 'Le stockage accepte 15 minutes d’écart. Mettez l’horloge de cette machine à l’heure, puis réessayez.',
    },
    ServiceUnavailable: {
      title: 'Le stockage est trop occupé ou incomplet.',
      next: 'Réessayez dans un instant.',
    },
    SignInFailed: {
      title: 'Ce n’est pas juste.',
      next: 'Vérifiez votre saisie. Les clés distinguent majuscules et minuscules.',
    },
    SlowDown: { title: 'Le stockage demande de ralentir.', next: 'Réessayez dans un instant.' },
    Unreadable: {
      title: 'Le fichier n’a pas pu être lu.',
      next: 'Il a été déplacé, modifié ou supprimé entre-temps, ou cette page n’a plus le droit de le lire. Choisissez-le à nouveau.',
    },
    UnresolvableGrantByEmailAddress: {
      title: 'Personne ici n’a cette adresse e-mail.',
      next: 'Vérifiez-la, ou demandez plutôt l’identifiant canonique du compte.',
    },
    TooManyBuckets: {
      title: 'Le compte a autant de buckets qu’il peut en avoir.',
      next: 'Supprimez-en un, ou demandez à votre exploitant.',
    },
    TooManyRequests: { title: 'Trop de tentatives.', next: 'Attendez une minute, puis réessayez.' },
  }),
});
