export async function openScreen(_argv: readonly string[]): Promise<void> {}
