/** English: what takes a while. */

const number = new Intl.NumberFormat('en-GB');

export const jobs = Object.freeze({
  title: 'Under way',
  progress: (done: number, total: number | undefined) =>
    total === undefined ? `${number.format(done)} done` : `${number.format(done)} of ${number.format(total)} done`,
  failed: (many: number) => `${number.format(many)} failed`,
  stopped: 'Stopped.',
  stop: 'Stop',
  close: 'Close',
  show: 'Show',
  hide: 'Hide',
  others: (many: number) => `and ${number.format(many)} more`,
  deleting: (what: string) => `Deleting ${what}`,
  emptying: (bucket: string) => `Emptying ${bucket}`,
  undeleting: 'Taking it back',
  copying: (what: string, where: string) => `Copying ${what} to ${where}`,
  moving: (what: string, where: string) => `Moving ${what} to ${where}`,
  restoring: (what: string) => `Restoring ${what}`,
  downloading: (what: string) => `Downloading ${what}. Keep this tab open`,
  tooMuch: {
    title: (what: string) => `${what}: too much for a zip`,
    lead: 'This browser cannot write into folders, and a zip of more than 512 MiB does not fit into its memory. Choose less, or use a program:',
  },
  left: (done: number) => `${number.format(done)} moved. The rest is where it was.`,
  goOn: 'Continue',
  back: 'Move back',
});
