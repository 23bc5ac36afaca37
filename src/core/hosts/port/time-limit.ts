/** Decides for how long a command on a server is waited for, and what it is called when that is over. */
import { type Fault, fault } from '../../model/fault.ts';

/**
 * `whole`: from its start to its end. `silence`: without a byte that came from it or that it took, in seconds of this
 * process: while that is stopped, nothing counts.
 */
export interface TimeLimit {
  readonly of: 'whole' | 'silence';
  /** More than 0. */
  readonly seconds: number;
}

export interface Timed {
  /** Bytes that came and went so far. */
  moved(): number;
  stop(): void;
}

export interface TimeWatch {
  /** What it was stopped for; null: it was not. */
  readonly fault: Fault | null;
  /** It has ended: nothing more is watched. */
  end(): void;
}

const TICK = 1000;

interface About {
  readonly server: string;
  /** `btrfs receive`. */
  readonly label: string;
}

/** Stops it when its time is over. */
export function watchTime({ of, seconds }: TimeLimit, timed: Timed, about: About): TimeWatch {
  let why: Fault | null = null;
  let still = 0;
  let last = timed.moved();
  const over = (): void => {
    why = of === 'whole' ? tooLong(about, seconds) : tooStill(about, seconds);
    timed.stop();
  };
  const look = (): void => {
    const now = timed.moved();
    still = now === last ? still + TICK / 1000 : 0;
    last = now;
    if (still >= seconds) {
      clearInterval(timer);
      over();
    }
  };
  const timer = of === 'whole' ? setTimeout(over, seconds * 1000) : setInterval(look, TICK);
  return {
    get fault() {
      return why;
    },
    end: () => clearInterval(timer),
  };
}

const hangs = (server: string): string =>
  `${server} may be overloaded or its disk may hang: look at its load and at "dmesg" there.`;

const tooLong = ({ server, label }: About, seconds: number): Fault =>
  fault('stalled', `${label} on ${server} did not end within ${seconds} s and was stopped.`, hangs(server), {
    server,
  });

const tooStill = ({ server, label }: About, seconds: number): Fault =>
  fault('stalled', `${label} on ${server} moved nothing for ${seconds} s and was stopped.`, hangs(server), {
    server,
  });
