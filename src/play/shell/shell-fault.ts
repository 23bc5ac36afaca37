/** An error that ends a shell that is not interactive, with what it says of it. */
export class ShellFault extends Error {
  readonly code: number;
  constructor(message: string, code = 2) {
    super(message);
    this.code = code;
  }
}
