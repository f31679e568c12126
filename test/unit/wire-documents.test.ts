/** Readers of clients' documents take what S3's schema has, in the forms clients send, and refuse the rest. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/base/limits.ts';
import { S3Error } from '../../src/model/errors.ts';
import { readAcl, writeAcl } from '../../src/wire/documents/acl.ts';
import { readCreateBucketConfiguration } from '../../src/wire/documents/buckets.ts';
import { readDelete } from '../../src/wire/documents/delete.ts';
import { readCompleteMultipartUpload } from '../../src/wire/documents/multipart.ts';

const XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

type Reader<T> = (bytes: Uint8Array, limits: typeof LIMITS) => T;
const read = <T>(reader: Reader<T>, text: string): T => reader(Buffer.from(text), LIMITS);

function refused<T>(reader: Reader<T>, text: string, code = 'MalformedXML'): void {
  assert.throws(
    () => read(reader, text),
    (error) => error instanceof S3Error && error.code === code,
    text,
  );
}

test('Delete: keys exactly as written, with or without namespace', () => {
  const inner = `<Object><Key> a&amp;b\u00a0</Key></Object><Object><VersionId> v1 </VersionId><Key>\n</Key></Object>`;
  for (const root of ['<Delete>', `<Delete ${XMLNS}>`, '<Delete xmlns="">']) {
    assert.deepEqual(read(readDelete, `${root}${inner}</Delete>`), {
      quiet: false,
      objects: [{ key: ' a&b\u00a0' }, { key: '\n', versionId: 'v1' }],
    });
  }
  const conditions =
    '<Object><Key>k</Key><ETag>"e"</ETag><LastModifiedTime>t</LastModifiedTime><Size>1</Size></Object>';
  assert.deepEqual(read(readDelete, `<Delete>${conditions}<Quiet>true</Quiet></Delete>`), {
    quiet: true,
    objects: [{ key: 'k', etag: '"e"', lastModifiedTime: 't', size: '1' }],
  });
});

test('Delete: 1 to 1000 objects, each with one key', () => {
  const object = '<Object><Key>k</Key></Object>';
  assert.equal(read(readDelete, `<Delete>${object.repeat(1000)}</Delete>`).objects.length, 1000);
  refused(readDelete, `<Delete>${object.repeat(1001)}</Delete>`);
  refused(readDelete, '<Delete></Delete>');
  refused(readDelete, '<Delete><Quiet>true</Quiet></Delete>');
  refused(readDelete, '<Delete><Object><Key></Key></Object></Delete>');
  refused(readDelete, '<Delete><Object><VersionId>v</VersionId></Object></Delete>');
  refused(readDelete, '<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>');
  refused(readDelete, '<Delete><Object><Key><Key>a</Key></Key></Object></Delete>');
  refused(readDelete, `<Delete>${object}<Quiet>yes</Quiet></Delete>`);
  refused(readDelete, `<Delete>${object}<Quiet>true</Quiet><Quiet>false</Quiet></Delete>`);
  refused(readDelete, `<Delete>${object}<BypassGovernanceRetention>true</BypassGovernanceRetention></Delete>`);
  refused(readDelete, '<Delete><Object><Key>a</Key><Other/></Object></Delete>');
  refused(readDelete, '<Delete>text</Delete>');
  refused(readDelete, `<Remove>${object}</Remove>`);
});

test('CompleteMultipartUpload: parts in the order sent, ETags without quotes, checksums by algorithm', () => {
  const text = `<CompleteMultipartUpload ${XMLNS}>
    <Part><PartNumber>2</PartNumber><ETag>"abc"</ETag></Part>
    <Part><ETag> abd </ETag><PartNumber> 1 </PartNumber><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part>
    <Part><PartNumber>10000</PartNumber><ETag>&quot;e&quot;</ETag></Part>
  </CompleteMultipartUpload>`;
  assert.deepEqual(read(readCompleteMultipartUpload, text), [
    { partNumber: 2, etag: 'abc', checksums: new Map() },
    { partNumber: 1, etag: 'abd', checksums: new Map([['CRC32', 'AAAAAA==']]) },
    { partNumber: 10000, etag: 'e', checksums: new Map() },
  ]);
});

test('CompleteMultipartUpload: numbers 1 to 10000 and nothing that S3 does not know', () => {
  const document = (inner: string) => `<CompleteMultipartUpload>${inner}</CompleteMultipartUpload>`;
  refused(readCompleteMultipartUpload, document(''));
  for (const number of ['0', '10001', '-1', '1.5', '', 'x', '1e1']) {
    refused(readCompleteMultipartUpload, document(`<Part><PartNumber>${number}</PartNumber><ETag>e</ETag></Part>`));
  }
  refused(readCompleteMultipartUpload, document('<Part><PartNumber>1</PartNumber></Part>'));
  refused(readCompleteMultipartUpload, document('<Part><ETag>e</ETag></Part>'));
  refused(readCompleteMultipartUpload, document('<Part><PartNumber>1</PartNumber><ETag>e</ETag><Size>1</Size></Part>'));
  refused(readCompleteMultipartUpload, document('<Piece/>'));
  const part = '<Part><PartNumber>1</PartNumber><ETag>e</ETag></Part>';
  assert.equal(read(readCompleteMultipartUpload, document(part.repeat(10_000))).length, 10_000);
  refused(readCompleteMultipartUpload, document(part.repeat(10_001)));
});

test('CreateBucketConfiguration: none, empty, or with a location; what is not built is refused by name', () => {
  const document = (inner: string) => `<CreateBucketConfiguration ${XMLNS}>${inner}</CreateBucketConfiguration>`;
  const location = (text: string) => read(readCreateBucketConfiguration, text).locationConstraint;
  assert.equal(location(''), undefined);
  assert.equal(location(document('')), undefined);
  assert.equal(location(document('<LocationConstraint/>')), undefined);
  assert.equal(location(document('<LocationConstraint>\n eu-1 </LocationConstraint>')), 'eu-1');
  refused(readCreateBucketConfiguration, document('<Region>eu-1</Region>'));
  refused(readCreateBucketConfiguration, document('<Bucket><Type>Directory</Type></Bucket>'), 'NotImplemented');
  refused(readCreateBucketConfiguration, document('<Tags/>'), 'NotImplemented');
});

test('AccessControlPolicy: grantees by id, e-mail and group', () => {
  const grant = (type: string, inner: string) =>
    `<Grant><Grantee ${XSI} xsi:type="${type}">${inner}</Grantee><Permission>READ</Permission></Grant>`;
  const document = (grants: string, owner = '<Owner><ID>me</ID><DisplayName>Me</DisplayName></Owner>') =>
    `<AccessControlPolicy ${XMLNS}>${owner}<AccessControlList>${grants}</AccessControlList></AccessControlPolicy>`;
  const uri = 'http://acs.amazonaws.com/groups/global/AllUsers';
  assert.deepEqual(
    read(
      readAcl,
      document(
        grant('CanonicalUser', '<ID>you</ID><DisplayName>You</DisplayName>') +
          grant('AmazonCustomerByEmail', '<EmailAddress>a@b.ch</EmailAddress>') +
          grant('Group', `<URI>${uri}</URI>`),
      ),
    ),
    {
      ownerId: 'me',
      grants: [
        { grantee: { type: 'id', id: 'you' }, permission: 'READ' },
        { grantee: { type: 'email', email: 'a@b.ch' }, permission: 'READ' },
        { grantee: { type: 'group', uri }, permission: 'READ' },
      ],
    },
  );
  const bad = [
    document('', ''),
    document(grant('CanonicalUser', '')),
    document(grant('CanonicalUser', '<ID></ID>')),
    document(grant('CanonicalUser', `<URI>${uri}</URI>`)),
    document(grant('Group', '<ID>you</ID>')),
    document(grant('User', '<ID>you</ID>')),
    document('<Grant><Grantee><ID>you</ID></Grantee><Permission>READ</Permission></Grant>'),
    document('<Grant><Grantee type="CanonicalUser"><ID>you</ID></Grantee><Permission>READ</Permission></Grant>'),
    document(grant('Group', `<URI>${uri}</URI>`).replace('READ', 'read')),
    document(grant('Group', `<URI>${uri}</URI>`).replace('READ', '__proto__')),
    document(grant('Group', `<URI>${uri}</URI>`).replace('<Permission>READ</Permission>', '')),
    '<AccessControlPolicy><Owner><ID>me</ID></Owner></AccessControlPolicy>',
    '<AccessControlPolicy>',
  ];
  for (const text of bad) refused(readAcl, text, 'MalformedACLError');
});

test('an ACL that we wrote is one that we read', () => {
  const grants = [
    { grantee: { type: 'account', id: 'x<&>', displayName: 'n' }, permission: 'FULL_CONTROL' },
    { grantee: { type: 'group', uri: 'http://u?a&b' }, permission: 'WRITE_ACP' },
  ] as const;
  assert.deepEqual(read(readAcl, writeAcl({ owner: { id: 'o', displayName: 'O' }, grants })), {
    ownerId: 'o',
    grants: [
      { grantee: { type: 'id', id: 'x<&>' }, permission: 'FULL_CONTROL' },
      { grantee: { type: 'group', uri: 'http://u?a&b' }, permission: 'WRITE_ACP' },
    ],
  });
});
