/** @file Several lines of the terminal that are drawn anew in place; elsewhere nothing but what is printed. */
import { stripVTControlCharacters } from 'node:util';

/** So many pictures a second, at most. */
const FPS = 5;

export class LiveText {
  private text = '';
  private lines = 0;
  private drawnAt = 0;
  private ended = false;

  /** Whether there is a terminal to draw on. */
  get isLive(): boolean {
    return Boolean(process.stdout.isTTY) && !this.ended;
  }

  /** Replaces what stands there. */
  draw(text: string): void {
    this.text = text;
    if (!this.isLive || performance.now() - this.drawnAt < 1000 / FPS) return;
    this.drawnAt = performance.now();
    const { columns = 80, rows = 24 } = process.stdout;
    const lines = text.split('\n').map((line) => stripVTControlCharacters(line).slice(0, columns - 1));
    // What does not fit could not be taken back.
    const shown = lines.slice(-(rows - 1));
    process.stdout.write(`${this.back()}${shown.join('\n')}\n`);
    this.lines = shown.length;
  }

  /** Prints something that stays, above. */
  print(text: string): void {
    process.stdout.write(this.back() + text);
    this.lines = 0;
    this.drawnAt = 0;
    if (this.text) this.draw(this.text);
  }

  /** Takes it off the screen for good. */
  end(): void {
    if (!this.ended) process.stdout.write(this.back());
    this.lines = 0;
    this.ended = true;
  }

  private back(): string {
    return this.lines === 0 ? '' : `\x1b[${this.lines}A\x1b[0J`;
  }
}
