/** How far a replica is proven is told where its health is told in full. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Health, ProvenHealth, ReplicaHealth } from '../../../../src/core/model/status/health.ts';
import { healthLines } from '../../../../src/screens/Monitoring/health-lines.ts';

const NONE = { uuid: null, receivedUuid: null, createdAt: null, ageSeconds: null };
const SIZES = { referencedBytes: null, exclusiveBytes: null, seenAt: null, fault: null };

function linesOf(proven: readonly ProvenHealth[], uuid: string | null): string[] {
  const replica = {
    ...{ ...NONE, ...SIZES, uuid, server: 'b', mount: null, status: 'complete', isExpected: true, tasks: [] },
    ...{
      lagSeconds: 0,
      wouldLoseSeconds: 0,
      restorePoint: null,
      rpo: 'none',
      foreignSnapshots: null,
      proven,
    },
  } as unknown as ReplicaHealth;
  const primary = { ...NONE, ...SIZES, server: 'a', status: 'complete' };
  const health = {
    subvolume: '/data',
    snapshot: 's',
    overall: 'ok',
    reasons: [],
    primary,
    replicas: [replica],
  };
  return healthLines(health as unknown as Health).filter((line) => /proven|compared| {17}\S/.test(line));
}

test('each level with its share and its moment; of what is not there nothing', () => {
  const at = '2026-11-20T08:00:00.000Z';
  const about = { snapshot: 's', at, attributes: 0 };
  const content: ProvenHealth = { ...about, level: 'content', ageSeconds: 3 * 86_400, share: 30 };
  const metadata: ProvenHealth = {
    ...content,
    level: 'metadata',
    share: null,
    ageSeconds: 7200,
    attributes: 12,
  };
  assert.deepEqual(linesOf([content, metadata], 'u'), [
    `  proven         content 1/30, 3 d ago, ${at}`,
    `                 metadata, attributes of 12 differ, 2 h ago, ${at}`,
  ]);
  assert.deepEqual(linesOf([], 'u'), ['  proven         never compared']);
  assert.deepEqual(linesOf([], null), []);
});
