/** What play answers instead of guessing: the thing is said not to be simulated, and the exit code is 2. */
export class NotSimulated extends Error {
  constructor(what: string) {
    super(`play: ${what} is not simulated`);
  }
}
