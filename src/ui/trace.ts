/** @file The loss within epochs, as a curve that never grows beyond what a screen shows. */

const MOST_POINTS = 600;

export class Trace {
  private kept: (readonly [number, number])[] = [];
  /** Only every so manieth point is taken, so that all parts of the curve are equally fine. */
  private every = 1;
  private seen = 0;

  /** @param epochs those done before the first point */
  constructor(private epochs: number) {}

  get points(): readonly (readonly [epochs: number, loss: number])[] {
    return this.kept;
  }

  /** @param part how much of the epoch is done, 0 to 1 */
  add(part: number, loss: number): void {
    if (this.seen++ % this.every !== 0) return;
    this.kept = [...this.kept, [this.epochs + part, loss]];
    if (this.kept.length < MOST_POINTS) return;
    this.kept = this.kept.filter((_, i) => i % 2 === 0);
    this.every *= 2;
  }

  epochEnded(): void {
    this.epochs++;
  }
}
