/** A manager at the command line with nothing of another's: its own state, and what its commands print. */
import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Ground } from '../../../scripts/ground/ground.ts';
import type { Fault } from '../../../src/core/model/fault.ts';
import { serverAdd, type TestFleet } from './fleet.ts';

export interface Check {
  readonly name: string;
  readonly status: string;
  readonly latencySeconds: number | null;
  readonly privilege: string | null;
  readonly filesystems: readonly { readonly mount: string; readonly freeBytes: number }[] | null;
  readonly fault: Fault | null;
}
export interface Row {
  readonly name: string;
  readonly role: string;
  readonly auth: string;
  readonly hostKey: string | null;
  readonly jump: string | null;
  readonly port: number;
}
export interface Diagnosis {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly hint: string;
}
export interface Refused {
  readonly fault: Fault;
}

/** A state directory of its own, so that no test sees what another trusted. */
export class Desk {
  readonly directory: string;
  readonly #fleet: TestFleet;

  constructor(fleet: TestFleet) {
    this.#fleet = fleet;
    this.directory = join(mkdtempSync(join(fleet.home, 'desk-')), 'state');
  }

  ok = <T>(args: readonly string[], input = ''): Promise<T> => this.#fleet.ok<T>(this.at(args), input);
  json = <T>(args: readonly string[], input = '') => this.#fleet.json<T>(this.at(args), input);
  run = (args: readonly string[], input = '') => this.#fleet.run(this.at(args), input);
  at = (args: readonly string[]): string[] => ['--home', this.directory, ...args];

  /** The words that add a server of the lab under the name `name`. */
  words(name: string, login: readonly string[], server = name): string[] {
    return serverAdd(name, this.#fleet.lab.server(server), login);
  }
  add = (name: string, login = rootLogin(this.#fleet.lab), server = name): Promise<Row> =>
    this.ok<Row>([...this.words(name, login, server), '--trust-first']);

  async check(...names: readonly string[]): Promise<Check[]> {
    return (await this.json<Check[]>(['server', 'check', ...names])).value;
  }
}

/** Root, by key. */
export const rootLogin = (lab: Ground): string[] => ['--user', 'root', '--key', lab.keyFile];

/** Every file below a directory. */
export const filesOf = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
