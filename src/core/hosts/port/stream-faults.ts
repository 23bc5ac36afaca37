/** The faults of a command at work: somebody has cancelled it, or its connection is gone. */
import { type Fault, fault } from '../../model/fault.ts';

export const cancelledFault = (server: string, doing: string): Fault =>
  fault('cancelled', `Stopped ${doing} on ${server}.`, 'Start it again when you want it.', { server });

/** An open connection is gone. `doing`: what it was needed for, such as `running btrfs receive`. */
export const lostFault = (server: string, doing: string, why: string): Fault =>
  fault(
    'unreachable',
    `Lost the connection to ${server} while ${doing} (${why}).`,
    'Is the server still on, and the network to it up? What was cut off is cleaned up by the next run.',
    { server },
  );
