/** Sizes, counts and times as people read them. Sizes count by 1000; the exact bytes are in the title. */

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

/** Making one takes longer than using it a hundred times, and lists use thousands: each is made once. */
function made<Options extends object, Formatter>(
  make: (locale: string, options: Options) => Formatter,
): (locale: string, options: Options) => Formatter {
  const all = new Map<string, Formatter>();
  return (locale, options) => {
    const name = `${locale} ${JSON.stringify(options)}`;
    const formatter = all.get(name) ?? make(locale, options);
    all.set(name, formatter);
    return formatter;
  };
}

const numberFormat = made((locale, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options));
const dateFormat = made((locale, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options));

/** `14.1 MB`. */
export function sizeText(bytes: number, locale: string): string {
  const step = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const unit = UNITS[step] ?? 'byte';
  const value = bytes / 1000 ** step;
  const fraction = step === 0 || value >= 100 ? 0 : 1;
  return numberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: fraction,
  }).format(value);
}

export const countText = (count: number, locale: string): string => numberFormat(locale, {}).format(count);

/** Today by the hour, otherwise by the day. `full`: to the second, for titles. */
export function timeText(at: number, locale: string, now: number): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  return sameDay
    ? dateFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(at)
    : dateFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' }).format(at);
}

export const fullTimeText = (at: number, locale: string): string =>
  dateFormat(locale, { dateStyle: 'long', timeStyle: 'medium' }).format(at);

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** `2 hours ago`, `in 3 days`. */
export function agoText(at: number, locale: string, now: number): string {
  const difference = at - now;
  const [unit, ms] = STEPS.find(([, size]) => Math.abs(difference) >= size) ?? ['second', 1000];
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(Math.round(difference / ms), unit);
}
