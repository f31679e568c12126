/**
 * ObjectLockConfiguration, Retention and LegalHold, both ways. Sources: the six operations' pages in the S3 API reference.
 * Times have the form of XML Schema's dateTime, in UTC or with an offset.
 */

import type { Retention } from '../../model/entities.ts';
import { S3Error } from '../../model/errors.ts';
import type { DefaultRetention, LockConfiguration } from '../../model/lock.ts';
import { integerIn, parseIsoDate } from '../values.ts';
import { malformedXml, type XmlElement, type XmlLimits } from '../xml.ts';
import { branch, leaf, s3Document } from '../xml-write.ts';
import { Members, readRoot } from './members.ts';

/** A hundred years, as in S3. */
const MOST = Object.freeze({ Days: 36_500, Years: 100 });

/** Throws `MalformedXML`, `InvalidRetentionPeriod`. */
export function readLockConfiguration(bytes: Uint8Array, limits: XmlLimits): LockConfiguration {
  const root = new Members(readRoot(bytes, 'ObjectLockConfiguration', limits), ['ObjectLockEnabled', 'Rule']);
  if (root.requiredText('ObjectLockEnabled') !== 'Enabled') throw malformedXml('ObjectLockEnabled must be Enabled');
  const rule = root.one('Rule');
  if (rule === undefined) return {};
  return { byDefault: readDefault(new Members(rule, ['DefaultRetention']).required('DefaultRetention')) };
}

function readDefault(element: XmlElement): DefaultRetention {
  const members = new Members(element, ['Mode', 'Days', 'Years']);
  const mode = modeOf(members.requiredText('Mode'));
  const [days, years] = [members.text('Days'), members.text('Years')];
  if ((days === undefined) === (years === undefined)) throw malformedXml('Days or Years must be given, and not both');
  const unit = days === undefined ? 'Years' : 'Days';
  const count = integerIn(days ?? years ?? '', 1, MOST[unit]);
  if (count !== undefined) return { mode, unit, count };
  throw new S3Error(
    'InvalidRetentionPeriod',
    `Default retention period must be a positive integer value, at most ${MOST[unit]} ${unit}.`,
    { fields: { [unit]: days ?? years ?? '' } },
  );
}

function modeOf(text: string): Retention['mode'] {
  if (text === 'GOVERNANCE' || text === 'COMPLIANCE') return text;
  throw malformedXml('Mode must be GOVERNANCE or COMPLIANCE');
}

export function writeLockConfiguration({ byDefault }: LockConfiguration): string {
  const rule =
    byDefault === undefined
      ? ''
      : branch(
          'Rule',
          branch('DefaultRetention', leaf('Mode', byDefault.mode) + leaf(byDefault.unit, byDefault.count)),
        );
  return s3Document('ObjectLockConfiguration', leaf('ObjectLockEnabled', 'Enabled') + rule);
}

/** Undefined: an empty document, which takes the retention away. Throws `MalformedXML`. */
export function readRetention(bytes: Uint8Array, limits: XmlLimits): Retention | undefined {
  const root = new Members(readRoot(bytes, 'Retention', limits), ['Mode', 'RetainUntilDate']);
  const [mode, date] = [root.text('Mode'), root.text('RetainUntilDate')];
  if (mode === undefined && date === undefined) return undefined;
  if (mode === undefined || date === undefined) throw malformedXml('Mode and RetainUntilDate go together');
  const until = parseIsoDate(date);
  if (until === undefined) throw malformedXml('RetainUntilDate must be a time such as 2030-01-31T00:00:00Z');
  return { mode: modeOf(mode), until };
}

export const writeRetention = ({ mode, until }: Retention): string =>
  s3Document('Retention', leaf('Mode', mode) + leaf('RetainUntilDate', new Date(until).toISOString()));

/** Throws `MalformedXML`. */
export function readLegalHold(bytes: Uint8Array, limits: XmlLimits): boolean {
  const status = new Members(readRoot(bytes, 'LegalHold', limits), ['Status']).requiredText('Status');
  if (status === 'ON' || status === 'OFF') return status === 'ON';
  throw malformedXml('Status must be ON or OFF');
}

export const writeLegalHold = (held: boolean): string => s3Document('LegalHold', leaf('Status', held ? 'ON' : 'OFF'));
