// How the demo talks: headings, commands as somebody would type them, remarks. Plain where no terminal is.

const coloured = process.stdout.isTTY === true && !process.env['NO_COLOR'];
const painted = (code: number, text: string): string => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);

export const INTERRUPTED = 'Interrupted. What the demo made was taken down again.';

const WORD = /^[\w@%+=:,./~-]+$/;

export const say = {
  line(text: string): void {
    process.stdout.write(`${text}\n`);
  },
  heading(text: string): void {
    process.stdout.write(`\n${painted(1, `== ${text}`)}\n\n`);
  },
  command(argv: readonly string[]): void {
    const words = argv.map((word) => (WORD.test(word) ? word : `"${word}"`));
    process.stdout.write(`${painted(36, `$ ${words.join(' ')}`)}\n`);
  },
  error(text: string): void {
    process.stderr.write(`\n${text}\n`);
  },
};
