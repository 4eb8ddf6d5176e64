/** @file A mask that is drawn on with strokes and points: how far each pixel is covered, from 0 to 1. */
import { coverage, span } from './canvas.js';
import { segmentDistance } from './distance.js';

export class Mask {
  readonly cover: Float32Array;

  /** @param size width and height in pixels */
  constructor(readonly size: number) {
    this.cover = new Float32Array(size * size);
  }

  /**
   * A straight stroke with round ends, in picture coordinates; strokes thinner than a pixel grow fainter instead.
   * @param halfWidth in picture sides
   * @param strength how far it covers, from 0 to 1
   */
  stroke(x0: number, y0: number, x1: number, y1: number, halfWidth: number, strength = 1): void {
    const { size, cover } = this;
    const pixel = 1 / size;
    const half = Math.max(halfWidth, 0.4 * pixel);
    const weight = strength * Math.min(1, halfWidth / half + 0.15);
    const reach = half + pixel;
    const [left, right] = span(Math.min(x0, x1) - reach, Math.max(x0, x1) + reach, size);
    const [top, bottom] = span(Math.min(y0, y1) - reach, Math.max(y0, y1) + reach, size);
    for (let j = top; j < bottom; j++) {
      const y = (j + 0.5) * pixel - 0.5;
      for (let i = left; i < right; i++) {
        const distance = segmentDistance((i + 0.5) * pixel - 0.5, y, x0, y0, x1, y1) - half;
        const value = weight * coverage(distance, 1.2 * pixel);
        if (value > cover[j * size + i]) cover[j * size + i] = value;
      }
    }
  }

  /** Strokes along a polyline, a flat list of x, y. */
  polyline(points: readonly number[], halfWidth: number, strength = 1): void {
    for (let i = 2; i < points.length; i += 2) {
      this.stroke(points[i - 2], points[i - 1], points[i], points[i + 1], halfWidth, strength);
    }
  }

  /** A filled polygon (even-odd rule, four samples down and exact cover across each pixel), a flat list of x, y. */
  fill(points: readonly number[]): void {
    const { size, cover } = this;
    const samples = 4;
    const crossings: number[] = [];
    for (let line = 0; line < size * samples; line++) {
      const y = (line + 0.5) / (size * samples) - 0.5;
      crossings.length = 0;
      for (let i = 0; i < points.length; i += 2) {
        const k = (i + 2) % points.length;
        const [y0, y1] = [points[i + 1], points[k + 1]];
        if (y0 <= y === y1 <= y) continue;
        crossings.push((points[i] + ((y - y0) / (y1 - y0)) * (points[k] - points[i]) + 0.5) * size);
      }
      crossings.sort((a, b) => a - b);
      const row = Math.floor(line / samples) * size;
      for (let c = 0; c + 1 < crossings.length; c += 2) {
        const from = Math.max(0, crossings[c]);
        const to = Math.min(size, crossings[c + 1]);
        for (let i = Math.floor(from); i < to; i++) {
          cover[row + i] += (Math.min(to, i + 1) - Math.max(from, i)) / samples;
        }
      }
    }
  }

  /** Adds a point's worth of ink, shared among the four nearest pixels. */
  point(x: number, y: number, amount: number): void {
    const { size, cover } = this;
    const px = (x + 0.5) * size - 0.5;
    const py = (y + 0.5) * size - 0.5;
    const i = Math.floor(px);
    const j = Math.floor(py);
    if (i < 0 || j < 0 || i >= size - 1 || j >= size - 1) return;
    const dx = px - i;
    const dy = py - j;
    const p = j * size + i;
    cover[p] += amount * (1 - dx) * (1 - dy);
    cover[p + 1] += amount * dx * (1 - dy);
    cover[p + size] += amount * (1 - dx) * dy;
    cover[p + size + 1] += amount * dx * dy;
  }
}
