/**
 * @file Signed distances (negative inside) of shapes that fit the unit circle, and ways to combine them. Distances
 * are exact near straight and round edges and first-order elsewhere, which is all that an anti-aliased edge needs.
 */
import type { Random } from '../random.js';
import type { Plane } from './canvas.js';

/** The length of a vector; many times faster than Math.hypot, which guards against overflow. */
export function norm(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

const clamp01 = (t: number) => Math.min(1, Math.max(0, t));

/** The unit circle. */
export const circle: Plane = (x, y) => norm(x, y) - 1;

/** An ellipse with semi-axes 1 and `minor` (first-order: implicit value over its gradient's length). */
export function ellipse(minor: number): Plane {
  const inverse = 1 / minor;
  return (x, y) => {
    const k = norm(x, y * inverse);
    const slope = norm(x, y * inverse * inverse);
    return slope < 1e-9 ? -minor : (k * (k - 1)) / slope;
  };
}

/** A box with the given half width and half height, its corners rounded by `round`. */
export function box(halfWidth: number, halfHeight: number, round = 0): Plane {
  return (x, y) => {
    const dx = Math.abs(x) - halfWidth + round;
    const dy = Math.abs(y) - halfHeight + round;
    const outside = norm(Math.max(dx, 0), Math.max(dy, 0));
    return outside + Math.min(Math.max(dx, dy), 0) - round;
  };
}

/** The angle folded into one of `sides` equal sectors, from −π/sides to π/sides. */
function foldAngle(x: number, y: number, sides: number): number {
  const sector = (2 * Math.PI) / sides;
  const angle = Math.atan2(y, x);
  return angle - sector * Math.round(angle / sector);
}

/** A regular polygon. */
export function polygon(sides: number): Plane {
  const apothem = Math.cos(Math.PI / sides);
  const half = Math.PI / sides;
  return (x, y) => norm(x, y) * Math.cos(half - Math.abs(foldAngle(x, y, sides))) - apothem;
}

/** A star with `points` tips on the unit circle and its notches on a circle of radius `notch`. */
export function star(points: number, notch: number): Plane {
  const notchX = notch * Math.cos(Math.PI / points);
  const notchY = notch * Math.sin(Math.PI / points);
  const length = norm(1 - notchX, notchY);
  return (x, y) => {
    const radius = norm(x, y);
    const angle = Math.abs(foldAngle(x, y, points));
    const px = radius * Math.cos(angle);
    const py = radius * Math.sin(angle);
    return ((px - 1) * notchY + py * (1 - notchX)) / length;
  };
}

/** A closed curve given by its radius as a function of the angle; `radiusAt` should stay within [0.3, 1]. */
export function radial(radiusAt: (angle: number) => number): Plane {
  return (x, y) => norm(x, y) - radiusAt(Math.atan2(y, x));
}

/** A closed outline about the unit circle whose second to fourth harmonics are uneven by up to `uneven`. */
export function wavering(random: Random, uneven: number): Plane {
  const [height2, height3, height4] = [1, 1 / 2, 1 / 3].map((share) => uneven * share * random.unit());
  const [phase2, phase3, phase4] = [random.angle(), random.angle(), random.angle()];
  const mean = 1 - 0.5 * uneven;
  return (x, y) => {
    const radius = norm(x, y);
    // Far from the outline the waves decide nothing, and most pixels are.
    if (Math.abs(radius - mean) > 2 * uneven + 0.15) return radius - mean;
    const angle = Math.atan2(y, x);
    const waves =
      height2 * Math.cos(2 * angle + phase2) +
      height3 * Math.cos(3 * angle + phase3) +
      height4 * Math.cos(4 * angle + phase4);
    return radius - mean - waves;
  };
}

/** The distance to a segment, unsigned. */
export function segmentDistance(
  x: number,
  y: number,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): number {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const t = clamp01(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy + 1e-12));
  return norm(x - x0 - t * dx, y - y0 - t * dy);
}

/** Strokes of the given half width along polylines, each a flat list of x, y. */
export function strokes(lines: readonly (readonly number[])[], halfWidth: number): Plane {
  const segments = Float64Array.from(
    lines.flatMap((line) =>
      line.flatMap((_, i) => (i % 2 || i + 3 >= line.length ? [] : line.slice(i, i + 4))),
    ),
  );
  return (x, y) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < segments.length; i += 4) {
      const distance = segmentDistance(x, y, segments[i], segments[i + 1], segments[i + 2], segments[i + 3]);
      if (distance < nearest) nearest = distance;
    }
    return nearest - halfWidth;
  };
}

/** A polyline along an arc, angles in turns (0 to the right, growing clockwise on the screen). */
export function arc(x: number, y: number, radius: number, from: number, to: number, steps = 8): number[] {
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = 2 * Math.PI * (from + ((to - from) * i) / steps);
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  }).flat();
}

/** Points in any of the shapes. */
export function union(...shapes: readonly Plane[]): Plane {
  return (x, y) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (const shape of shapes) nearest = Math.min(nearest, shape(x, y));
    return nearest;
  };
}

/** Points in both shapes. */
export function intersection(a: Plane, b: Plane): Plane {
  return (x, y) => Math.max(a(x, y), b(x, y));
}

/** Points in `from` but not in `what`. */
export function difference(from: Plane, what: Plane): Plane {
  return (x, y) => Math.max(from(x, y), -what(x, y));
}

/** The band that runs along the inside of a shape's edge. */
export function outline(shape: Plane, width: number): Plane {
  return (x, y) => {
    const distance = shape(x, y);
    return Math.max(distance, -width - distance);
  };
}

/** A shape moved, turned (radians) and scaled. */
export function moved(shape: Plane, dx: number, dy: number, scale = 1, angle = 0): Plane {
  const cosine = Math.cos(angle) / scale;
  const sine = Math.sin(angle) / scale;
  return (x, y) => shape((x - dx) * cosine + (y - dy) * sine, (y - dy) * cosine - (x - dx) * sine) * scale;
}
