/** Time for people: a list that was opened takes a choice only from those who can have seen it. */
import { ONE_CHUNK } from '../../../src/screens/lists/select.ts';
import type { Screen } from './open-screen.tsx';

/** Until a list that is open takes a choice. */
export const seen = ({ world }: Screen): void => world.clock.pass(ONE_CHUNK / 1000);
