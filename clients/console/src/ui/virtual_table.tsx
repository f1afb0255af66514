import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";

export interface Column<T> {
  name: string;
  /** Width as a track of CSS grid. */
  width: string;
  cell: (row: T) => ReactNode;
  /** Left out on a phone. */
  wide?: boolean;
}

interface Props<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
  /** Called when the last rows come into view. */
  onEnd?: (() => void) | undefined;
}

const ROW_PX = 42;

/** A table of which only the rows in view are drawn, so that 10⁵ of them scroll as ten do. */
export function VirtualTable<T>({ label, columns, rows, keyOf, onEnd }: Props<T>) {
  const body = useRef<HTMLDivElement>(null);
  const narrow = window.matchMedia("(max-width: 800px)").matches;
  const shown = narrow ? columns.filter((column) => !column.wide) : columns;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => body.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : keyOf(row);
    },
  });
  const drawn = virtual.getVirtualItems();
  const last = drawn.at(-1)?.index ?? -1;
  useEffect(() => {
    if (onEnd && last >= rows.length - 1 && last >= 0) onEnd();
  }, [last, rows.length, onEnd]);
  const style = { gridTemplateColumns: shown.map((column) => column.width).join(" ") };
  return (
    <div className="grid-table" role="table" aria-label={label} aria-rowcount={rows.length + 1}>
      <div className="grid-head" role="rowgroup">
        <div className="grid-row" role="row" style={style}>
          {shown.map((column) => (
            <span role="columnheader" key={column.name}>
              {column.name}
            </span>
          ))}
        </div>
      </div>
      <div
        className="grid-body"
        role="rowgroup"
        ref={body}
        tabIndex={0}
        style={{ maxHeight: rows.length * ROW_PX + 2 }}
      >
        <div style={{ height: virtual.getTotalSize() }} role="presentation">
          {drawn.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            return (
              <div
                className="grid-row"
                role="row"
                key={item.key}
                aria-rowindex={item.index + 2}
                style={{ ...style, transform: `translateY(${item.start}px)` }}
              >
                {shown.map((column) => (
                  <span role="cell" key={column.name}>
                    {column.cell(row)}
                  </span>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
