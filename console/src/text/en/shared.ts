/** English: links that one made. */

export const shared = Object.freeze({
  title: 'Shared',
  lead: 'Links you made. Whoever has one can open its object until it ends, or until you take it away.',
  list: 'Shared links',
  none: 'No links yet',
  noneNext: 'Select an object in a bucket and press Share.',
  object: 'Object',
  version: (id: string) => `version ${id}`,
  how: 'Opens as',
  ways: { inline: 'a page', attachment: 'a download' },
  made: 'Made',
  expires: 'Until',
  opened: 'Opened last',
  never: 'never',
  actions: 'Actions',
  copy: 'Copy the link',
  revoke: 'Revoke',
  revokeTitle: 'Revoke this link?',
  revokeText: (key: string) =>
    `The link to ${key} is refused from the next request on, for everybody who has it. It cannot be brought back; you can make another.`,
  revokeAct: 'Revoke the link',
  revoked: 'Revoked',
});
