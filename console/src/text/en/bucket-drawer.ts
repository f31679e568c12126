/** English: the settings of a bucket. */

export const bucketDrawer = Object.freeze({
  meanwhile: Object.freeze({
    lead: 'Somebody saved something else meanwhile. Nothing of yours is saved yet.',
    theirs: 'As it is saved now',
    mine: 'Yours',
    takeTheirs: 'Take what is saved',
    saveMine: 'Save mine over it',
  }),
});
