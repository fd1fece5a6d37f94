// What happens on the wire, now: tiles, a chart of the last half minute, and the event loop's longest gap.

import { $, setText } from './dom.js';

const WINDOW = 30_000;
const STEP = 150;
const SLOTS = WINDOW / STEP;

export class Pulse {
  #meters = new Set();
  #requests = 0;
  #retries = 0;
  #latencies = [];
  #slots = [];
  #slot = { flight: 0, latency: [], retries: 0 };
  #canvas = $('#chart');
  #gap = 0;
  #jobs = 0;
  #quiet = 0;
  #timer;

  constructor() {
    new ResizeObserver(() => this.#draw()).observe(this.#canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
  }

  /** Requests in flight, over all jobs. */
  get inFlight() {
    let sum = 0;
    for (const meter of this.#meters) sum += meter.inFlight;
    return sum;
  }

  /** A job begins: its meter is looked at until `end`. */
  begin(meter) {
    this.#meters.add(meter);
    if (this.#jobs++ === 0) this.#measureGap();
    this.#timer ??= setInterval(() => this.#tick(), STEP);
  }

  end(meter) {
    meter.end();
    this.#meters.delete(meter);
    this.#jobs--;
  }

  hear(event) {
    if (event.type === 'request') {
      this.#requests++;
      this.#slot.flight = Math.max(this.#slot.flight, this.inFlight);
    } else if (event.type === 'response') {
      this.#slot.latency.push(event.took);
      this.#latencies.push(event.took);
      if (this.#latencies.length > 400) this.#latencies.splice(0, 200);
    } else if (event.type === 'retry') {
      this.#retries++;
      this.#slot.retries++;
    }
  }

  /** While a job runs, a timer that is always due says how long the thread was away. */
  #measureGap() {
    // Browsers make nested timers wait 4 ms: what is beyond that is the gap.
    const LEAST = 4;
    let last = performance.now();
    const look = () => {
      const now = performance.now();
      // A hidden page is slowed down on purpose.
      if (!document.hidden) this.#gap = Math.max(this.#gap, now - last - LEAST);
      last = now;
      if (this.#jobs > 0) setTimeout(look);
    };
    setTimeout(look);
  }

  #tick() {
    const { inFlight } = this;
    const slot = this.#slot;
    this.#slots.push({ flight: Math.max(slot.flight, inFlight), latency: median(slot.latency), retries: slot.retries });
    if (this.#slots.length > SLOTS) this.#slots.shift();
    this.#slot = { flight: inFlight, latency: [], retries: 0 };
    setText($('#t-flight'), String(inFlight));
    setText($('#t-requests'), this.#requests.toLocaleString('en'));
    setText($('#t-retries'), this.#retries.toLocaleString('en'));
    setText($('#t-latency'), this.#latencies.length ? `${Math.round(median(this.#latencies))} ms` : '–');
    setText($('#t-gap'), `${this.#gap.toFixed(1)} ms`);
    this.#draw();
    // Nothing moves any more: the page sleeps.
    this.#quiet = this.#jobs > 0 ? 0 : this.#quiet + 1;
    if (this.#quiet > SLOTS) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #draw() {
    const canvas = this.#canvas;
    const scale = devicePixelRatio;
    const { clientWidth: w, clientHeight: height } = canvas;
    if (canvas.width !== Math.round(w * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(w * scale);
      canvas.height = Math.round(height * scale);
    }
    const pen = canvas.getContext('2d');
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(name);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, w, height);
    const [top, bottom] = [16, height - 30];
    const slots = this.#slots;
    const mostFlight = nice(Math.max(4, ...slots.map((s) => s.flight)));
    const mostLatency = nice(Math.max(50, ...slots.map((s) => s.latency ?? 0)));
    const x = (i) => w - (slots.length - 1 - i) * (w / (SLOTS - 1));
    const y = (value, most) => bottom - (value / most) * (bottom - top);

    pen.strokeStyle = colour('--line');
    pen.lineWidth = 1;
    pen.beginPath();
    for (const part of [0, 0.5, 1]) {
      const at = Math.round(y(part, 1)) + 0.5;
      pen.moveTo(0, at);
      pen.lineTo(w, at);
    }
    pen.stroke();

    if (slots.length > 1) {
      pen.beginPath();
      pen.moveTo(x(0) - w / (SLOTS - 1), bottom);
      // Steps, not slopes: a count has no values between.
      slots.forEach((s, i) => {
        pen.lineTo(x(i) - w / (SLOTS - 1), y(s.flight, mostFlight));
        pen.lineTo(x(i), y(s.flight, mostFlight));
      });
      pen.lineTo(x(slots.length - 1), bottom);
      pen.fillStyle = colour('--flight-soft');
      pen.fill();
      pen.strokeStyle = colour('--flight');
      pen.lineWidth = 1.5;
      pen.stroke();

      pen.beginPath();
      let drawing = false;
      slots.forEach((s, i) => {
        if (s.latency === undefined) drawing = false;
        else if (drawing) pen.lineTo(x(i), y(s.latency, mostLatency));
        else {
          pen.moveTo(x(i) - 1, y(s.latency, mostLatency));
          pen.lineTo(x(i), y(s.latency, mostLatency));
          drawing = true;
        }
      });
      pen.strokeStyle = colour('--latency');
      pen.lineWidth = 2;
      pen.lineJoin = 'round';
      pen.stroke();

      pen.fillStyle = colour('--retry');
      slots.forEach((s, i) => {
        if (s.retries) pen.fillRect(x(i) - 2, bottom + 3, 3, Math.min(12, 3 + s.retries));
      });
    }

    pen.font = `11px ${style.fontFamily}`;
    pen.fillStyle = colour('--quiet');
    pen.textBaseline = 'bottom';
    pen.fillText(`${mostFlight} in flight`, 2, top - 2);
    pen.textAlign = 'right';
    pen.fillText(`${mostLatency} ms`, w - 2, top - 2);
    pen.textAlign = 'left';
    pen.textBaseline = 'top';
    pen.fillText('30 s ago', 2, bottom + 17);
    pen.textAlign = 'right';
    pen.fillText('now', w - 2, bottom + 17);
    pen.textAlign = 'left';
  }
}

function median(values) {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** The next number that people like to read. */
function nice(value) {
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 10].map((n) => n * unit).find((n) => n >= value);
}
