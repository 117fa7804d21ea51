// Saves exactly what the page shows as a table; also in the palette.
import { useActions } from "../base/actions";
import { saveCsv } from "../base/csv";
import { useWords } from "../words/words";
import { Icon } from "./icon";

interface Props {
  name: string;
  // What it saves, where a page has several.
  of?: string;
  rows: () => string[][];
}

export function CsvButton({ name, of, rows }: Props) {
  const { t } = useWords();
  const label = of ? `${of}: ${t.action.csvShort}` : t.action.csv;
  const save = () => saveCsv(`dangol-${name}`, rows());
  useActions([{ id: of ? `csv-${name}` : "csv", label, group: t.keys.groupList, run: save }]);
  return (
    <button type="button" className="btn quiet icon csv" aria-label={label} title={label} onClick={save}>
      <Icon name="import" />
    </button>
  );
}
