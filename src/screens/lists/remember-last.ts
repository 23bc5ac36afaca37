/** Remembers the last answer of a pure function for as long as its arguments are the very same ones. */
export function rememberLast<Args extends readonly unknown[], T>(
  work: (...args: Args) => T,
): (...args: Args) => T {
  let last: { readonly args: Args; readonly value: T } | null = null;
  return (...args) => {
    const known = last;
    if (known && known.args.length === args.length && known.args.every((one, index) => one === args[index])) {
      return known.value;
    }
    const value = work(...args);
    last = { args, value };
    return value;
  };
}
