import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bridgeName,
  cableName,
  candidateNetworks,
  meets,
  serverAddress,
} from '../../../scripts/lab/network.ts';

for (const [title, network, used, want] of [
  ['the same network', '10.1.2', '10.1.2.0/24', true],
  ['its neighbour', '10.1.2', '10.1.3.0/24', false],
  ['an address inside it', '10.1.2', '10.1.2.77/32', true],
  ['a route to one host, without a length', '10.1.2', '10.1.2.77', true],
  ['a part of it', '10.1.2', '10.1.2.128/25', true],
  ['a wider one around it', '10.1.2', '10.1.0.0/16', true],
  ['a wider one beside it', '10.1.16', '10.1.0.0/20', false],
  ['all of 10/8 does not count', '10.1.2', '10.0.0.0/8', false],
] as const)
  test(`a lab's network meets ${title}? ${want}`, () => assert.equal(meets(network, used), want));

test('interface names fit into the 15 characters the kernel allows', () => {
  assert.ok(cableName(bridgeName('a-very-long-name-for-a-lab-0123456789'), 'z').length <= 15);
});

test('labs of different names have different bridges and begin with different networks', () => {
  const names = ['lab', 'lab2', 'e2e-1', 'e2e-2', 'bench', 'demo'];
  assert.equal(new Set(names.map(bridgeName)).size, names.length);
  assert.equal(new Set(names.map((name) => candidateNetworks(name).next().value)).size, names.length);
});

test('the first server is .11', () => assert.equal(serverAddress('10.70.3', 0), '10.70.3.11'));
