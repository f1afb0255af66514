import { Graph, layout } from "@dagrejs/dagre";
import { useMemo } from "react";
import type { Edge } from "./states";

const NODE = { width: 150, height: 34 };

/** States and moves, laid out from top to bottom; the list below it says the same in words. */
export default function StateGraph({ states, edges, reached }: { states: string[]; edges: Edge[]; reached?: string }) {
  const drawn = useMemo(() => laidOut(states, edges), [states, edges]);
  return (
    <>
      <section className="graph" aria-label="Graph of states" tabIndex={0}>
        <svg
          width={drawn.width}
          height={drawn.height}
          viewBox={`0 0 ${drawn.width} ${drawn.height}`}
          role="img"
          aria-label={`${states.length} states, ${edges.length} moves`}
        >
          <defs>
            <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0 0L8 4L0 8z" />
            </marker>
          </defs>
          {drawn.edges.map((edge) => (
            <g key={edge.key}>
              <path className="edge" d={edge.path} markerEnd="url(#arrow)" />
              <text className="edge-label" x={edge.x} y={edge.y} textAnchor="middle">
                {edge.label}
              </text>
            </g>
          ))}
          {drawn.nodes.map((node) => (
            <g key={node.name} className={node.name === reached ? "node reached" : "node"}>
              <title>{node.name}</title>
              <rect x={node.x - NODE.width / 2} y={node.y - NODE.height / 2} {...NODE} rx="8" />
              <text x={node.x} y={node.y + 5} textAnchor="middle">
                {shortened(node.name)}
              </text>
            </g>
          ))}
        </svg>
      </section>
      <details className="small">
        <summary>As a list</summary>
        <ul>
          {edges.map((edge) => (
            <li key={`${edge.from} ${edge.to} ${edge.label}`}>
              {edge.from} → {edge.to} by {edge.label}
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}

const MOST_GLYPHS = 18;

/** A name that has room in its box; the whole one is its title, and in the list. */
function shortened(name: string): string {
  return name.length > MOST_GLYPHS ? `${name.slice(0, MOST_GLYPHS - 1)}…` : name;
}

function laidOut(states: string[], edges: Edge[]) {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 40, ranksep: 50, marginx: 16, marginy: 16 });
  for (const state of states) graph.setNode(state, { ...NODE });
  for (const [index, edge] of edges.entries()) {
    graph.setEdge(edge.from, edge.to, { width: edge.label.length * 6, height: 14, labelpos: "c" }, String(index));
  }
  layout(graph);
  const size = graph.graph() as { width?: number; height?: number };
  return {
    width: size.width ?? 0,
    height: size.height ?? 0,
    nodes: states.map((name) => ({ name, ...(graph.node(name) as { x: number; y: number }) })),
    edges: edges.map((edge, index) => {
      const found = graph.edge(edge.from, edge.to, String(index)) as {
        points: { x: number; y: number }[];
        x: number;
        y: number;
      };
      const path = found.points.map((point, at) => `${at === 0 ? "M" : "L"}${point.x} ${point.y}`).join("");
      return { key: index, label: edge.label, path, x: found.x, y: found.y + 4 };
    }),
  };
}
