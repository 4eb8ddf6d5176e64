/** @file An estimate and its interval as a small bar on a common scale, in plain HTML. */
import type { Estimate } from '../../metrics/types.js';
import { known, score } from '../format.js';
import { type Html, html } from '../html.js';

/** @param domain ends of the scale; @param labelled whether the ends are written below */
export function intervalBar(
  { value, low, high }: Estimate,
  domain: readonly [number, number],
  labelled = false,
): Html {
  const at = (x: number) =>
    `${(100 * Math.min(1, Math.max(0, (x - domain[0]) / (domain[1] - domain[0])))).toFixed(2)}%`;
  if (!known(value)) return html`<span class="bar"></span>`;
  const span =
    known(low) && known(high) && html`<i style="left:${at(low)};right:calc(100% - ${at(high)})"></i>`;
  const ends =
    labelled &&
    html`<span class="ends"><small>${score(domain[0], 2)}</small><small>${score(domain[1], 2)}</small></span>`;
  return html`<span class="bar" aria-hidden="true">${span}<b style="left:${at(value)}"></b></span>${ends}`;
}

/** A scale that holds all intervals, from a round number to 1. */
export function commonScale(estimates: readonly Estimate[]): [number, number] {
  const lowest = Math.min(1, ...estimates.map((e) => e.low ?? e.value ?? 1));
  return [Math.min(0.9, Math.floor(lowest * 10) / 10), 1];
}
