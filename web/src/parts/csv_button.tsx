// Saves exactly what the page shows as a table; also in the palette.
import { useActions } from "../base/actions";
import { saveCsv } from "../base/csv";
import { useWords } from "../words/words";
import { Icon } from "./icon";

export function CsvButton({ name, rows }: { name: string; rows: () => string[][] }) {
  const { t } = useWords();
  const save = () => saveCsv(`dangol-${name}`, rows());
  useActions([{ id: "csv", label: t.action.csv, group: t.keys.groupList, run: save }]);
  return (
    <button type="button" className="btn quiet icon csv" aria-label={t.action.csv} title={t.action.csv} onClick={save}>
      <Icon name="import" />
    </button>
  );
}
