/** German: what went wrong, and what to do. By the code of S3 or of the account API; others show the server's own words. */

export const failures = Object.freeze({
  /** Followed by what the server said. */
  unknown: 'Der Speicher hat das abgelehnt.',
  unreachable: {
    title: 'Der Speicher ist nicht erreichbar.',
    next: 'Prüfen Sie die Verbindung. Ihre Eingaben gehen nicht verloren; versuchen Sie es noch einmal, sobald sie wieder steht.',
  },
  byCode: Object.freeze<Record<string, { readonly title: string; readonly next: string }>>({
    AccessDenied: {
      title: 'Das dürfen Sie nicht.',
      next: 'Bitten Sie den Eigentümer des Buckets um Zugriff, oder sehen Sie nach, warum es abgelehnt wurde.',
    },
    AccessControlListNotSupported: {
      title: 'Für diesen Bucket sind Zugriffslisten ausgeschaltet.',
      next: 'Alle Objekte gehören seinem Eigentümer. Verwenden Sie die Richtlinie, oder ändern Sie unter «Öffentlicher Zugriff», wem Objekte gehören.',
    },
    BucketAlreadyExists: {
      title: 'Dieser Name gehört einem anderen Konto.',
      next: 'Jeden Namen gibt es im ganzen Speicher nur einmal. Wählen Sie einen anderen.',
    },
    BucketAlreadyOwnedByYou: {
      title: 'Sie haben schon einen Bucket mit diesem Namen.',
      next: 'Öffnen Sie ihn, oder wählen Sie einen anderen Namen.',
    },
    BucketNotEmpty: {
      title: 'Der Bucket ist nicht leer.',
      next: 'Leeren Sie ihn zuerst: Auch alte Versionen und unfertige Uploads zählen.',
    },
    ChangedMeanwhile: {
      title: 'Es hat sich während des Verschiebens geändert.',
      next: 'Es ist geblieben, wo es war, verloren ist also nichts. Verschieben Sie es noch einmal.',
    },
    ChangedWhileRead: {
      title: 'Es hat sich während des Herunterladens geändert.',
      next: 'Halb das eine, halb das andere wäre keines von beiden. Laden Sie es noch einmal herunter.',
    },
    NoSuchBucket: {
      title: 'Diesen Bucket gibt es nicht.',
      next: 'Vielleicht wurde er gelöscht. Gehen Sie zurück zu Ihren Buckets.',
    },
    NoSuchKey: {
      title: 'Dieses Objekt gibt es nicht.',
      next: 'Vielleicht wurde es gelöscht oder umbenannt. Gehen Sie zurück zu seinem Ordner.',
    },
    NoSuchUpload: {
      title: 'Diesen Upload gibt es nicht mehr.',
      next: 'Er wurde anderswo abgeschlossen oder verworfen. Laden Sie die Datei noch einmal hoch.',
    },
    NoSuchVersion: {
      title: 'Diese Version gibt es nicht.',
      next: 'Vielleicht wurde sie entfernt. Sehen Sie die Versionen noch einmal an.',
    },
    NotAddressable: {
      title: 'Kein Browser kann diesen Objektnamen adressieren.',
      next: 'Sein Teil «.» oder «..» wird vor dem Senden umgeschrieben. Benennen Sie das Objekt um, oder verwenden Sie die Befehlszeile.',
    },
    NotFound: { title: 'Das ist nicht da.', next: 'Vielleicht wurde es entfernt, oder es gehört jemand anderem.' },
    NotSignedIn: {
      title: 'Ihre Sitzung ist beendet.',
      next: 'Melden Sie sich wieder an; diese Seite bleibt, wie sie ist.',
    },
    ObjectLocked: {
      title: 'Die Version ist gesperrt.',
      next: 'Niemand kann sie entfernen, bevor ihre Aufbewahrung endet oder die rechtliche Aufbewahrung aufgehoben ist.',
    },
    OperationAborted: { title: 'Gerade ändert das jemand anders.', next: 'Versuchen Sie es noch einmal.' },
    PreconditionFailed: {
      title: 'Es hat sich inzwischen geändert.',
      next: 'Sehen Sie den jetzigen Stand an, und entscheiden Sie dann.',
    },
    QuotaExceeded: {
      title: 'Das Kontingent des Kontos ist ausgeschöpft.',
      next: 'Löschen Sie etwas, oder bitten Sie Ihren Betreiber um mehr.',
    },
    RecentSignInRequired: {
      title: 'Weisen Sie sich noch einmal aus.',
      next: 'Was Sie tun wollen, ist für andere gefährlich.',
    },
    RequestTimeTooSkewed: {
      title: 'Ihre Uhr geht falsch.',
      next: 'Der Speicher duldet 15 Minuten. Stellen Sie die Uhr dieses Computers richtig, und versuchen Sie es noch einmal.',
    },
    ServiceUnavailable: {
      title: 'Der Speicher ist überlastet oder nicht vollständig.',
      next: 'Versuchen Sie es gleich noch einmal.',
    },
    SignInFailed: {
      title: 'Das stimmt nicht.',
      next: 'Prüfen Sie Ihre Eingabe. Bei Schlüsseln zählt die Gross- und Kleinschreibung.',
    },
    SlowDown: { title: 'Der Speicher bittet um weniger Tempo.', next: 'Versuchen Sie es gleich noch einmal.' },
    Unreadable: {
      title: 'Die Datei konnte nicht gelesen werden.',
      next: 'Sie wurde inzwischen verschoben, geändert oder gelöscht, oder diese Seite darf sie nicht mehr lesen. Wählen Sie sie noch einmal aus.',
    },
    UnresolvableGrantByEmailAddress: {
      title: 'Diese E-Mail-Adresse hat hier niemand.',
      next: 'Prüfen Sie sie, oder fragen Sie stattdessen nach der kanonischen ID des Kontos.',
    },
    TooManyBuckets: {
      title: 'Das Konto hat so viele Buckets, wie es haben darf.',
      next: 'Löschen Sie einen, oder fragen Sie Ihren Betreiber.',
    },
    TooManyRequests: {
      title: 'Zu viele Versuche.',
      next: 'Warten Sie eine Minute, und versuchen Sie es dann noch einmal.',
    },
  }),
});
