/** Italian: what went wrong, and what to do. By the code of S3 or of the account API; others show the server's own words. */

export const failures = Object.freeze({
  /** Followed by what the server said. */
  unknown: 'Lo storage ha rifiutato.',
  unreachable: {
    title: 'Lo storage non è raggiungibile.',
    next: 'Verificate la connessione. Ciò che avete fatto non è perso; riprovate quando è ristabilita.',
  },
  byCode: Object.freeze<Record<string, { readonly title: string; readonly next: string }>>({
    AccessDenied: {
      title: 'Non ne avete il diritto.',
      next: 'Chiedete l’accesso al proprietario del bucket, o guardate perché è stato rifiutato.',
    },
    AccessControlListNotSupported: {
      title: 'Le liste di accesso sono disattivate per questo bucket.',
      next: 'Il suo proprietario possiede ogni oggetto. Usate la policy, o cambiate di chi sono gli oggetti in «Accesso pubblico».',
    },
    BucketAlreadyExists: {
      title: 'Questo nome è già di un altro account.',
      next: 'I nomi sono unici in tutto lo storage. Sceglietene un altro.',
    },
    BucketAlreadyOwnedByYou: {
      title: 'Avete già un bucket con questo nome.',
      next: 'Apritelo, o scegliete un altro nome.',
    },
    BucketNotEmpty: {
      title: 'Il bucket non è vuoto.',
      next: 'Svuotatelo prima: contano anche le vecchie versioni e i caricamenti incompiuti.',
    },
    ChangedMeanwhile: {
      title: 'È cambiato mentre veniva spostato.',
      next: 'È rimasto dov’è, quindi nulla è perso. Spostatelo di nuovo.',
    },
    ChangedWhileRead: {
      title: 'È cambiato mentre veniva scaricato.',
      next: 'Metà dell’uno e metà dell’altro non sarebbero nessuno dei due. Scaricatelo di nuovo.',
    },
    NoSuchBucket: {
      title: 'Questo bucket non esiste.',
      next: 'Forse è stato eliminato. Tornate ai vostri bucket.',
    },
    NoSuchKey: {
      title: 'Questo oggetto non esiste.',
      next: 'Forse è stato eliminato o rinominato. Tornate alla sua cartella.',
    },
    NoSuchUpload: {
      title: 'Il caricamento non esiste più.',
      next: 'È stato completato o abbandonato altrove. Caricate di nuovo il file.',
    },
    NoSuchVersion: {
      title: 'Questa versione non esiste.',
      next: 'Forse è stata eliminata. Guardate di nuovo le versioni.',
    },
    NotAddressable: {
      title: 'Nessun browser può indirizzare questa chiave.',
      next: 'La sua parte «.» o «..» viene riscritta prima dell’invio. Rinominatela, o usate una riga di comando.',
    },
    NotFound: { title: 'Non c’è.', next: 'Forse è stato eliminato, o appartiene a qualcun altro.' },
    NotSignedIn: {
      title: 'La sessione è terminata.',
      next: 'Accedete di nuovo; questa pagina resta com’è.',
    },
    ObjectLocked: {
      title: 'La versione è bloccata.',
      next: 'Nessuno può eliminarla prima che finisca la conservazione o sia tolto il fermo.',
    },
    OperationAborted: { title: 'Qualcun altro lo sta modificando in questo momento.', next: 'Riprovate.' },
    PreconditionFailed: { title: 'Nel frattempo è cambiato.', next: 'Guardate com’è ora, poi decidete.' },
    QuotaExceeded: {
      title: 'La quota dell’account è esaurita.',
      next: 'Eliminate qualcosa, o chiedetene di più al vostro operatore.',
    },
    RecentSignInRequired: {
      title: 'Mostrate ancora una volta chi siete.',
      next: 'Ciò che state per fare può nuocere ad altri.',
    },
    RequestTimeTooSkewed: {
      title: 'Il vostro orologio non è giusto.',
      next: 'Lo storage accetta 15 minuti di scarto. Regolate l’orologio di questa macchina, poi riprovate.',
    },
    ServiceUnavailable: {
      title: 'Lo storage è troppo occupato o incompleto.',
      next: 'Riprovate fra un momento.',
    },
    SignInFailed: {
      title: 'Non è corretto.',
      next: 'Verificate ciò che avete digitato. Le chiavi distinguono maiuscole e minuscole.',
    },
    SlowDown: { title: 'Lo storage chiede di rallentare.', next: 'Riprovate fra un momento.' },
    Unreadable: {
      title: 'Non è stato possibile leggere il file.',
      next: 'Nel frattempo è stato spostato, modificato o eliminato, o questa pagina non può più leggerlo. Sceglietelo di nuovo.',
    },
    UnresolvableGrantByEmailAddress: {
      title: 'Nessuno qui ha questo indirizzo e-mail.',
      next: 'Verificatelo, o chiedete invece l’identificativo canonico dell’account.',
    },
    TooManyBuckets: {
      title: 'L’account ha già tutti i bucket che può avere.',
      next: 'Eliminatene uno, o chiedete al vostro operatore.',
    },
    TooManyRequests: { title: 'Troppi tentativi.', next: 'Aspettate un minuto, poi riprovate.' },
  }),
});
