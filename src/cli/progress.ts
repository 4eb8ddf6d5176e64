/** @file One line of progress at a time: a live bar on a terminal, now and then a plain line elsewhere. */
import { Presets, SingleBar } from 'cli-progress';

/** Seconds as people read them: `8 s`, `3:07`, `1:02:45`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Between two lines where there is no terminal to redraw. */
const PLAIN_EVERY_MS = 15_000;

export class ProgressLine {
  private bar: SingleBar | undefined;
  private title = '';
  private printedAt = 0;
  private startedAt = 0;
  private startedFrom = 0;
  private ended = false;

  /** Shows `done` of `total`; a new title begins a new line. `note` is appended. */
  update(title: string, done: number, total: number, note = ''): void {
    if (this.ended) return;
    if (title !== this.title) this.begin(title, done, total);
    const text = [note, this.timeLeft(done, total)].filter(Boolean).join(' · ');
    if (this.bar) {
      this.bar.setTotal(total);
      this.bar.update(done, { note: text });
    } else if (performance.now() - this.printedAt > PLAIN_EVERY_MS) {
      this.printedAt = performance.now();
      process.stderr.write(`${title} ${done}/${total}${text && ` · ${text}`}\n`);
    }
  }

  /** Takes the line off the screen; the next update begins a new one. */
  clear(): void {
    this.bar?.stop();
    this.bar = undefined;
    this.title = '';
  }

  /** Takes the line off the screen for good: the cursor is there again, whatever comes. */
  end(): void {
    this.clear();
    this.ended = true;
  }

  /** `8 s left`; nothing while there is nothing to tell from. */
  private timeLeft(done: number, total: number): string {
    if (done <= this.startedFrom) return '';
    const seconds = (performance.now() - this.startedAt) / 1000;
    return `${duration(((total - done) * seconds) / (done - this.startedFrom))} left`;
  }

  private begin(title: string, done: number, total: number): void {
    this.clear();
    this.title = title;
    this.startedAt = this.printedAt = performance.now();
    this.startedFrom = done;
    if (!process.stderr.isTTY) return;
    this.bar = new SingleBar(
      {
        format: `${title} {bar} {value}/{total} · {note}`,
        clearOnComplete: true,
        hideCursor: true,
        barsize: 24,
        fps: 10,
      },
      Presets.shades_classic,
    );
    this.bar.start(total, done, { note: '' });
  }
}
