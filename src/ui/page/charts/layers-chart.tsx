/** @file Which layers move: for each batch norm, in the network's order, how far its scale and its centre have gone. */

import { useState } from 'preact/hooks';
import type { LayerMovement } from '../../api.js';
import { percent } from '../format.js';
import { Scrollable } from '../pieces.js';
import { linear } from './scale.js';
import { useWidth } from './width.js';

const MARGIN = { top: 28, right: 12, bottom: 22, left: 46 };
const HEIGHT = 200;

/** Nothing until a layer has moved. */
export function LayersChart({ layers }: { layers: readonly LayerMovement[] }) {
  const moved = layers.filter((layer) => reach(layer) > 0);
  return moved.length > 0 ? <Bars layers={layers} moved={moved} /> : null;
}

function Bars({ layers, moved }: { layers: readonly LayerMovement[]; moved: readonly LayerMovement[] }) {
  const [box, width] = useWidth();
  const [pointed, setPointed] = useState<number | undefined>();
  const most = Math.max(...moved.map(reach));
  const y = linear([0, 100 * most], [HEIGHT - MARGIN.bottom, MARGIN.top], { ticks: 4, round: true });
  const slot = (width - MARGIN.left - MARGIN.right) / layers.length;
  const bar = Math.max(0.75, Math.min(14, slot * 0.4));
  const farthest = moved.toSorted((a, b) => reach(b) - reach(a));
  const shown = pointed === undefined ? undefined : layers[pointed];
  return (
    <figure class="chart" ref={box}>
      <figcaption>Which layers move</figcaption>
      <ul class="legend">
        <li>
          <i class="swatch block c1" aria-hidden="true" />
          scale <b>{shown ? percent(shown.scaleChange, 1) : ''}</b>
        </li>
        <li>
          <i class="swatch block c2" aria-hidden="true" />
          centre <b>{shown ? percent(shown.centreChange, 1) : ''}</b>
        </li>
        <li class="named">{shown?.layer}</li>
      </ul>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`Of ${layers.length} batch norms, ${farthest[0].layer} has moved farthest.`}
        onPointerMove={(event) => setPointed(slotAt(event.offsetX, slot, layers.length))}
        onPointerLeave={() => setPointed(undefined)}
      >
        {y.ticks.map((tick) => (
          <g key={tick}>
            <line class="grid" x1={MARGIN.left} x2={width - MARGIN.right} y1={y(tick)} y2={y(tick)} />
            <text class="tick" x={MARGIN.left - 8} y={y(tick)} dy="0.32em" text-anchor="end">
              {tick}
            </text>
          </g>
        ))}
        <text class="label" x={4} y={10}>
          change, %
        </text>
        <text class="label" x={MARGIN.left} y={HEIGHT - 4}>
          ← images
        </text>
        <text class="label" x={width - MARGIN.right} y={HEIGHT - 4} text-anchor="end">
          head →
        </text>
        {layers.map(({ layer, scaleChange, centreChange }, i) => {
          const middle = MARGIN.left + (i + 0.5) * slot;
          return (
            <g key={layer}>
              {pointed === i ? (
                <rect
                  class="pointed"
                  x={middle - slot / 2}
                  y={MARGIN.top}
                  width={slot}
                  height={y(0) - MARGIN.top}
                />
              ) : null}
              <rect
                class="bar c1"
                x={middle - bar}
                y={y(100 * (scaleChange ?? 0))}
                width={bar}
                height={y(0) - y(100 * (scaleChange ?? 0))}
              />
              <rect
                class="bar c2"
                x={middle}
                y={y(100 * (centreChange ?? 0))}
                width={bar}
                height={y(0) - y(100 * (centreChange ?? 0))}
              />
            </g>
          );
        })}
      </svg>
      <details>
        <summary>All {layers.length} batch norms as a table</summary>
        <Scrollable label="All batch norms">
          <table>
            <thead>
              <tr>
                <th scope="col">layer</th>
                <th scope="col" class="n">
                  scale
                </th>
                <th scope="col" class="n">
                  centre
                </th>
              </tr>
            </thead>
            <tbody>
              {layers.map(({ layer, scaleChange, centreChange }) => (
                <tr key={layer}>
                  <th scope="row">{layer}</th>
                  <td class="n">{percent(scaleChange, 2)}</td>
                  <td class="n">{percent(centreChange, 2)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrollable>
      </details>
    </figure>
  );
}

const reach = ({ scaleChange, centreChange }: LayerMovement): number =>
  Math.max(scaleChange ?? 0, centreChange ?? 0);

function slotAt(place: number, slot: number, layers: number): number | undefined {
  const i = Math.floor((place - MARGIN.left) / slot);
  return i >= 0 && i < layers ? i : undefined;
}
