// What a chart shows, for those who do not see it.

interface Props {
  label: string;
  // The names of its columns; absent: they need none.
  head?: string[];
  // The first of each names it.
  rows: (string | number)[][];
}

// Within a box that is hidden: a hidden table keeps its height, and makes the page longer.
export function ChartTable({ label, head, rows }: Props) {
  return (
    <div className="vh">
      <table>
        <caption>{label}</caption>
        {head && (
          <thead>
            <tr>
              {head.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {rows.map(([name, ...cells]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {cells.map((cell, index) => (
                <td key={index}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
