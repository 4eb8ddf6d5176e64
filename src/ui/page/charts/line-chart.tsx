/** @file Curves over a common axis, drawn as wide as there is room, with the values under the pointer in the legend. */
import { useMemo, useState } from 'preact/hooks';
import { extent, linear } from './scale.js';
import { useWidth } from './width.js';

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Which of the eight colours, from 1. */
  readonly colour: number;
  readonly style?: 'line' | 'faint' | 'dashed';
  /** Drawn as dots where there are few points. */
  readonly dots?: boolean;
}

export interface LineChartProps {
  readonly title: string;
  /** One sentence for those who cannot see it. */
  readonly description: string;
  readonly series: readonly Series[];
  readonly xLabel: string;
  readonly yLabel: string;
  /** Left out: as the values have it. */
  readonly x?: readonly [number, number];
  readonly y?: readonly [number, number];
  readonly height?: number;
  /** Vertical lines with a word, where something begins. */
  readonly marks?: readonly { readonly at: number; readonly name: string }[];
  readonly wholeX?: boolean;
  /** The line from corner to corner, where chance lies. */
  readonly diagonal?: boolean;
}

const MARGIN = { top: 28, right: 12, bottom: 38, left: 46 };

export function LineChart(props: LineChartProps) {
  const { title, description, series, xLabel, yLabel, marks = [], height = 240, diagonal } = props;
  const [box, width] = useWidth();
  const [pointer, setPointer] = useState<number | undefined>();
  const { x, y } = useMemo(() => {
    const all = series.flatMap(({ points }) => points);
    const xs = props.x ?? extent(all.map((point) => point[0]));
    const ys = props.y ?? extent(all.map((point) => point[1]));
    return {
      x: linear(xs, [MARGIN.left, width - MARGIN.right], { ticks: width < 400 ? 4 : 8, whole: props.wholeX }),
      y: linear(ys, [height - MARGIN.bottom, MARGIN.top], { ticks: 4, round: !props.y }),
    };
  }, [series, width, height, props.x, props.y, props.wholeX]);
  const value =
    pointer === undefined
      ? undefined
      : x.from + ((pointer - x(x.from)) / (x(x.to) - x(x.from))) * (x.to - x.from);
  const inside = (at: number) => at >= x.from && at <= x.to;
  return (
    <figure class="chart" ref={box}>
      <figcaption>{title}</figcaption>
      <ul class="legend">
        {series.map(({ name, colour, style = 'line', points }) => (
          <li key={name}>
            <i class={`swatch ${style} c${colour}`} aria-hidden="true" />
            {name}
            <b>{value === undefined ? '' : shown(nearest(points, value))}</b>
          </li>
        ))}
      </ul>
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={description}
        onPointerMove={(event) => setPointer(event.offsetX)}
        onPointerLeave={() => setPointer(undefined)}
      >
        {y.ticks.map((tick) => (
          <g key={tick}>
            <line class="grid" x1={MARGIN.left} x2={width - MARGIN.right} y1={y(tick)} y2={y(tick)} />
            <text class="tick" x={MARGIN.left - 8} y={y(tick)} dy="0.32em" text-anchor="end">
              {tick}
            </text>
          </g>
        ))}
        {x.ticks.map((tick) => (
          <text class="tick" key={tick} x={x(tick)} y={height - MARGIN.bottom + 18} text-anchor="middle">
            {tick}
          </text>
        ))}
        <text class="label" x={(MARGIN.left + width - MARGIN.right) / 2} y={height - 4} text-anchor="middle">
          {xLabel}
        </text>
        <text class="label" x={4} y={10}>
          {yLabel}
        </text>
        {marks.map(({ at, name }, i) => (
          <g key={at}>
            <line class="mark" x1={x(at)} x2={x(at)} y1={MARGIN.top} y2={height - MARGIN.bottom} />
            <text class="tick" x={x(at) + 4} y={MARGIN.top + 10}>
              {hasRoom(name, x(at), x(marks[i + 1]?.at ?? x.to)) ? name : ''}
            </text>
          </g>
        ))}
        {diagonal ? <line class="mark" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} /> : null}
        {series.map(({ name, points, colour, style = 'line', dots }) => {
          const places = points
            .filter((point) => Number.isFinite(point[1]))
            .map((point) => [x(point[0]), y(point[1])]);
          return (
            <g key={name} class={`curve ${style} c${colour}`}>
              <polyline points={places.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(' ')} />
              {dots && places.length < 40
                ? places.map(([px, py]) => <circle key={px} cx={px} cy={py} r={3} />)
                : null}
            </g>
          );
        })}
        {value !== undefined && inside(value) ? (
          <line class="pointer" x1={pointer} x2={pointer} y1={MARGIN.top} y2={height - MARGIN.bottom} />
        ) : null}
      </svg>
    </figure>
  );
}

/** Whether a word fits between a mark and the next; letters are about so wide. */
function hasRoom(name: string, from: number, to: number): boolean {
  return to - from > 7 * name.length + 8;
}

function nearest(points: Series['points'], x: number): number | undefined {
  let best: readonly [number, number] | undefined;
  for (const point of points) {
    if (best === undefined || Math.abs(point[0] - x) < Math.abs(best[0] - x)) best = point;
  }
  return best?.[1];
}

const shown = (y: number | undefined): string =>
  y === undefined || !Number.isFinite(y) ? '' : ` ${y.toFixed(3)}`;
