/** Compares replicas with their source by the command line, and gives what it says of each. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { VerifyResult } from '../../../src/core/model/runs/verify.ts';
import type { TestFleet } from './fleet.ts';
import { receiveTampered } from './raw-flags.ts';

export interface Verified {
  readonly code: number | null;
  readonly results: readonly VerifyResult[];
}

export const replicaPath = (path: string, name: string): string =>
  `/srv/pool/.snapshots/${path.replace('/srv/pool/', '')}/${name}`;

export class Verifier {
  readonly #fleet: TestFleet;

  constructor(fleet: TestFleet) {
    this.#fleet = fleet;
  }

  async verify(...words: readonly string[]): Promise<Verified> {
    const { code, value } = await this.#fleet.json<VerifyResult[]>(['verify', ...words]);
    assert.ok(Array.isArray(value), JSON.stringify(value));
    return { code, results: value };
  }

  async verifyOne(...words: readonly string[]): Promise<VerifyResult> {
    const { code, results } = await this.verify(...words);
    const [result, ...others] = results;
    assert.ok(result && others.length === 0, JSON.stringify(results));
    assert.equal(code, result.status === 'same' ? 0 : 1, JSON.stringify(result));
    return result;
  }

  /** What another manager would know of its replicas: nothing. */
  forgetProofs(): void {
    const journal = new DatabaseSync(join(this.#fleet.home, 'state/journal.db'), { timeout: 5000 });
    journal.exec('DELETE FROM proofs');
    journal.close();
  }

  /** As if it had been received with that in it. */
  async spoil(server: string, path: string, script: string): Promise<void> {
    await receiveTampered(this.#fleet.lab, server, path, script);
    this.forgetProofs();
  }
}
