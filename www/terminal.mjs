// What the terminal shows: rows that are redrawn in place, or plain lines where nothing can be redrawn.

const { stdout } = process;

/** Whether rows can be redrawn. */
export const live = Boolean(stdout.isTTY) && process.env.TERM !== 'dumb';
const coloured = live && !process.env.NO_COLOR;

const paint = (code) => (text) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : String(text));
export const bold = paint('1');
export const dim = paint('2');
export const red = paint('31');
export const green = paint('32');
export const amber = paint('33');
export const sky = paint('36');

/** Not the whole width: a line that wraps cannot be redrawn. */
const width = () => Math.min((stdout.columns || 80) - 1, 100);
const plain = (text) => text.replace(/\x1b\[[0-9;]*m/g, '');

/** The text, cut to the terminal's width. Colours count for nothing. */
function fit(text) {
  let left = width();
  let out = '';
  for (const part of text.split(/(\x1b\[[0-9;]*m)/)) {
    if (part.startsWith('\x1b')) out += part;
    else {
      const kept = [...part].slice(0, left);
      left -= kept.length;
      out += kept.join('');
    }
  }
  return out;
}

/** A bar of so many cells, filled by a fraction. */
export function bar(fraction, cells, colour = sky) {
  const full = Math.round(Math.min(Math.max(fraction, 0), 1) * cells);
  return coloured ? colour('━'.repeat(full)) + dim('─'.repeat(cells - full)) : '#'.repeat(full) + '.'.repeat(cells - full);
}

export const barCells = () => Math.max(10, Math.min(36, width() - 56));

export function say(line = '') {
  stdout.write(`${line}\n`);
}

/** Indented lines that break between words. */
export function paragraph(text, colour) {
  let line = '';
  for (const word of text.split(' ')) {
    if (line.length + word.length + 3 > width()) {
      say(`  ${colour(line)}`);
      line = '';
    }
    line += line ? ` ${word}` : word;
  }
  say(`  ${colour(line)}`);
}

/**
 * Rows at the bottom of the screen. Each row is a function that gives its text; it is asked again whenever the screen is
 * drawn. Where nothing can be redrawn, `note` prints what is worth a line.
 */
export class Rows {
  #rows = [];
  #drawn = 0;
  #timer;

  add(row) {
    this.#rows.push(row);
    if (live && !this.#timer) {
      stdout.write('\x1b[?25l');
      this.#timer = setInterval(() => this.#draw(), 50);
    }
  }

  note(line) {
    if (!live) say(line);
  }

  /** Leaves the rows as they are. */
  end() {
    if (!live || !this.#timer) return;
    clearInterval(this.#timer);
    this.#draw();
    stdout.write('\x1b[?25h');
    this.#timer = undefined;
    this.#rows = [];
    this.#drawn = 0;
  }

  #draw() {
    const up = this.#drawn ? `\x1b[${this.#drawn}A` : '';
    stdout.write(up + this.#rows.map((row) => `\r${fit(row())}\x1b[K\n`).join(''));
    this.#drawn = this.#rows.length;
  }
}

// However the process ends, the cursor comes back.
if (live) process.on('exit', () => stdout.write('\x1b[?25h'));

/** Text at the left, padded; colours count for nothing. */
export const left = (text, cells) => text + ' '.repeat(Math.max(0, cells - plain(text).length));
export const right = (text, cells) => ' '.repeat(Math.max(0, cells - plain(text).length)) + text;
