import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { createPeerOf } from '../../src/http/peer.ts';

function request(address: string, headers: Readonly<Record<string, string>> = {}): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: address });
  const message = new IncomingMessage(socket);
  Object.assign(message.headers, headers);
  return message;
}

const lies = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil' };

test('without proxies nothing a peer says of itself counts', () => {
  const peerOf = createPeerOf([]);
  assert.deepEqual(peerOf(request('198.51.100.1', lies), false), { address: '198.51.100.1', secure: false });
  assert.deepEqual(peerOf(request('::ffff:198.51.100.1', lies), true), { address: '198.51.100.1', secure: true });
});

test('a peer that is no configured proxy is not believed', () => {
  const peerOf = createPeerOf(['10.0.0.0/8', 'fd00::/8', '192.0.2.1']);
  for (const address of ['11.0.0.1', '192.0.2.2', 'fe80::1', '']) {
    assert.deepEqual(peerOf(request(address, lies), false), { address, secure: false });
  }
});

test('a configured proxy is believed, up to the first address that is none', () => {
  const peerOf = createPeerOf(['10.0.0.0/8', 'fd00::/8', '192.0.2.1']);
  const forwarded = (list: string) => peerOf(request('10.1.2.3', { 'x-forwarded-for': list }), false).address;
  assert.equal(forwarded('203.0.113.9'), '203.0.113.9');
  assert.equal(
    forwarded('1.2.3.4, 203.0.113.9, 10.9.9.9'),
    '203.0.113.9',
    'what stands before is the client’s own word',
  );
  assert.equal(forwarded('2001:db8::1, fd00::7, 192.0.2.1'), '2001:db8::1');
  assert.equal(forwarded('10.9.9.9'), '10.9.9.9', 'proxies all the way');
  assert.equal(forwarded('1.2.3.4, nonsense, 10.9.9.9'), '10.9.9.9', 'nothing before what cannot be read');
  assert.equal(forwarded('nonsense'), '10.1.2.3');
  assert.equal(forwarded(''), '10.1.2.3');
  assert.equal(peerOf(request('::ffff:10.1.2.3', lies), false).secure, true);
  assert.equal(peerOf(request('10.1.2.3', { 'x-forwarded-proto': 'https, http' }), false).secure, false);
  assert.equal(peerOf(request('10.1.2.3', {}), true).secure, true, 'TLS on the socket stays TLS');
});

test('what is no network is refused at start', () => {
  for (const bad of ['', 'proxy.example', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/8x', 'fd00::/129', '10.0.0/8']) {
    assert.throws(() => createPeerOf([bad]), RangeError, bad);
  }
});
