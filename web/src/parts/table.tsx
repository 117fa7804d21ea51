// A table. On phones a row is a paragraph: its name, and below it each cell behind the name of its column, so that nothing is out of sight.
// Where there are only numbers to compare it stays a table, which scrolls within the page.
import type { ComponentChildren } from "preact";

interface Props {
  label: string;
  // The names of its columns; an empty one has none.
  head: string[];
  // Which of them hold numbers.
  numbers?: number[];
  className?: string;
  onPhones?: "rows" | "table";
  children: ComponentChildren;
}

export function Table({ label, head, numbers = [], className = "", onPhones = "rows", children }: Props) {
  // What CSS writes before a cell.
  const names = Object.fromEntries(head.flatMap((name, index) => (name ? [[`--name-${index + 1}`, JSON.stringify(name)]] : [])));
  return (
    <div className="table-wrap" tabIndex={0} role="group" aria-label={label}>
      <table className={`ships ${onPhones} ${className}`.trim()} style={names}>
        <thead>
          <tr>
            {head.map((name, index) =>
              name ? (
                <th key={name} scope="col" className={numbers.includes(index) ? "r" : ""}>
                  {name}
                </th>
              ) : (
                <td key={index} />
              ),
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
