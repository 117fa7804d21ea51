// One line in which something is looked for.
import { useState } from "react";

interface Props {
  className: string;
  label: string;
  placeholder: string;
  submit: string;
  initially: string;
  onSearch: (typed: string) => void;
}

export function SearchForm({ className, label, placeholder, submit, initially, onSearch }: Props) {
  const [typed, setTyped] = useState(initially);
  return (
    <form
      className={className}
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(typed.trim());
      }}
    >
      <label>
        <span className="vh">{label}</span>
        <input
          className="search"
          type="text"
          value={typed}
          placeholder={placeholder}
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      <button type="submit" className="btn">
        {submit}
      </button>
    </form>
  );
}
