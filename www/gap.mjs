// The longest time for which the event loop did not come round.

import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION = 1;

export class Gap {
  #delay = monitorEventLoopDelay({ resolution: RESOLUTION });

  start() {
    this.#delay.enable();
  }
  stop() {
    this.#delay.disable();
  }
  /** Milliseconds; the histogram holds the whole time between two of its ticks. */
  longest() {
    return Math.max(0, this.#delay.max / 1e6 - RESOLUTION);
  }
}
