// A table that scrolls within the page where it is wider.
import type { ComponentChildren } from "preact";

interface Props {
  label: string;
  // The names of its columns; an empty one has none.
  head: string[];
  // Which of them hold numbers.
  numbers?: number[];
  className?: string;
  children: ComponentChildren;
}

export function Table({ label, head, numbers = [], className = "", children }: Props) {
  return (
    <div className="table-wrap" tabIndex={0} role="group" aria-label={label}>
      <table className={`ships ${className}`.trim()}>
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
