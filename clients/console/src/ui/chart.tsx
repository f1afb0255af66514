import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface ChartProps {
  /** Instants in seconds. */
  times: readonly number[];
  lines: readonly { name: string; values: readonly number[] }[];
}

const HEIGHT_PX = 230;
const COLOURS = ["--chart-1", "--chart-3", "--chart-2"];

/** The lines as a picture, and as a table for those who do not see it. */
export default function Chart({ times, lines }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const plot = new uPlot(options(element, lines), drawn(times, lines), element);
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [times, lines]);
  return (
    <>
      <div ref={box} className="chart" aria-hidden="true" />
      <details className="small">
        <summary>As a table</summary>
        <table>
          <thead>
            <tr>
              <th>Time</th>
              {lines.map((line) => (
                <th key={line.name}>{line.name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {times.map((time, index) => (
              <tr key={time}>
                <td>{new Date(time * 1000).toLocaleString()}</td>
                {lines.map((line) => (
                  <td key={line.name}>{line.values[index]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

const ALONE_S = 3_600;

/** What is drawn: an hour around values of one instant alone, whose axis would reach over years otherwise. */
function drawn(times: readonly number[], lines: ChartProps["lines"]): uPlot.AlignedData {
  const first = times[0] ?? 0;
  if (times.length === 0 || times.at(-1) !== first) return [[...times], ...lines.map((line) => [...line.values])];
  const around = [first - ALONE_S, ...times, first + ALONE_S];
  return [around, ...lines.map((line) => [null, ...line.values, null])];
}

const GLYPH_PX = 8;
const MARGIN_PX = 22;

/** Width that the labels of the vertical axis need. */
function room(labels: readonly string[]): number {
  return MARGIN_PX + GLYPH_PX * Math.max(2, ...labels.map((label) => label?.length ?? 0));
}

function options(element: HTMLElement, lines: ChartProps["lines"]): uPlot.Options {
  const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line") }, ticks: { stroke: colour("--line") } };
  const series = lines.map((line, index) => {
    const stroke = colour(COLOURS[index % COLOURS.length] ?? "--chart-1");
    return { label: line.name, stroke, width: 2, ...(index === 0 ? { fill: `${stroke}22` } : {}) };
  });
  return {
    width: element.clientWidth,
    legend: { live: false },
    height: HEIGHT_PX,
    series: [{}, ...series],
    axes: [axis, { ...axis, size: (_, labels) => room(labels ?? []) }],
    scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
  };
}
