/** @file Probabilities as bars, the greatest first. */
import { percent } from '../format.js';
import { Part } from '../pieces.js';

export interface ProbabilitiesProps {
  readonly classes: readonly string[];
  readonly probabilities: readonly number[];
  /** So many are shown. */
  readonly most: number;
}

export function Probabilities({ classes, probabilities, most }: ProbabilitiesProps) {
  const sorted = probabilities.map((p, k) => ({ name: classes[k], p })).sort((a, b) => b.p - a.p);
  return (
    <ul class="probabilities">
      {sorted.slice(0, most).map(({ name, p }) => (
        <li key={name}>
          <span>{name}</span>
          <b>{percent(p, 1)}</b>
          <Part part={p} />
        </li>
      ))}
    </ul>
  );
}
