/** Any character but half a surrogate pair. fast-check's own unit `binary` takes two seconds to be made, in every process. */
import fc from 'fast-check';

export const codePoint = fc
  .oneof(
    fc.integer({ min: 0, max: 0x7f }),
    fc.integer({ min: 0x80, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
  )
  .map((code) => String.fromCodePoint(code));
