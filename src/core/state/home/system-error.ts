/** Reads what the system says of a failed call; it never decides what the failure means. */

/** `ENOENT` and the like; null for anything else. */
export const errorCode = (error: unknown): string | null =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;

export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
