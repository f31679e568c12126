/** The small documents of access control, as clients write them, and what their answers hold. */

import { type Answer, type Client, element, elements } from './s3-world.ts';

export const ALL_USERS = 'http://acs.amazonaws.com/groups/global/AllUsers';
export const AUTHENTICATED_USERS = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers';

/** The sub-resource `acl`. */
export const ACL = { acl: '' };

export const idOf = (client: Client): string => client.account.canonicalId;

/** The grants of an ACL document as `who permission`. */
export const grantsOf = (answer: Answer): readonly string[] =>
  elements(answer.text, 'Grant').map(
    (grant) => `${element(grant, 'ID') ?? element(grant, 'URI')} ${element(grant, 'Permission')}`,
  );

/** Of an ACL document. */
export const ownerIn = (answer: Answer): string | undefined => element(element(answer.text, 'Owner') ?? '', 'ID');

const root = (name: string, content: string): string =>
  `<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`;

export const ownershipControls = (ownership: string): string =>
  root('OwnershipControls', `<Rule><ObjectOwnership>${ownership}</ObjectOwnership></Rule>`);

export const publicAccessBlock = (switches: Readonly<Record<string, string | boolean>>): string =>
  root(
    'PublicAccessBlockConfiguration',
    Object.entries(switches)
      .map(([name, on]) => `<${name}>${on}</${name}>`)
      .join(''),
  );

/** The sub-resource `cors`. */
export const CORS = { cors: '' };

/** Of what stands inside its rules. */
export const corsConfiguration = (...rules: readonly string[]): string =>
  root('CORSConfiguration', rules.map((rule) => `<CORSRule>${rule}</CORSRule>`).join(''));

/** The sub-resource `versioning`. */
export const VERSIONING = { versioning: '' };

/** Of what stands inside it: its status, where it is not XML itself. */
export const versioning = (content: string): string =>
  root('VersioningConfiguration', content.startsWith('<') ? content : `<Status>${content}</Status>`);
