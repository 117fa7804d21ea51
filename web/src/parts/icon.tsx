// Line icons on a grid of 16.
const PATHS = {
  today: ["M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z", "M5.5 8.2 7.3 10l3.4-3.8"],
  inbox: ["M2 9.5 4 3h8l2 6.5V13H2Z", "M2 9.5h3.5l1 1.5h3l1-1.5H14"],
  board: ["M2.5 2.5h3v11h-3ZM6.5 2.5h3v7h-3ZM10.5 2.5h3v9h-3Z"],
  loop: ["M13 5.5A5.5 5.5 0 1 0 13.5 9", "M13.2 2.3v3.4H9.8"],
  notYet: ["M4 2h8M4 14h8", "M5 2v2.5L8 8l3-3.5V2M5 14v-2.5L8 8l3 3.5V14"],
  engine: ["M1.5 8h3M11.5 8h3", "M8 4.5 11.5 8 8 11.5 4.5 8Z"],
  blueprint: ["M2.5 3.5h4v3h-4ZM9.5 9.5h4v3h-4Z", "M4.5 6.5V11h5"],
  customer: ["M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8ZM2.8 14c.4-2.8 2.4-4.2 5.2-4.2s4.8 1.4 5.2 4.2"],
  settings: ["M2 4.5h7M12 4.5h2M2 11.5h2M7 11.5h7", "M12 4.5a1.5 1.5 0 1 1-3 0 1.500 1.500 0 0 1 3 0ZM7 11.500a1.500 1.500 0 1 1-3 0 1.500 1.500 0 0 1 3 0Z"],
  told: ["M2.500 6.500v3H5l5.500 3v-9L5 6.500Z", "M13 6.500v3"],
  search: ["M7 11.5a4.5 4.5 0 1 0 0-9 4.500 4.500 0 0 0 0 9Z", "m10.5 10.5 3.500 3.500"],
  plus: ["M8 3v10M3 8h10"],
  check: ["m3.500 8.500 3 3 6-7"],
  close: ["m4 4 8 8M12 4l-8 8"],
  up: ["m4 9.5 4-4 4 4"],
  left: ["M9.5 4 5.500 8l4 4"],
  right: ["m6.500 4 4 4-4 4"],
  link: ["M9 4.500h2.500a3.500 3.500 0 0 1 0 7H9M7 11.500H4.500a3.500 3.500 0 0 1 0-7H7M5.500 8h5"],
  file: ["M12.500 7.500 8 12a2.800 2.800 0 0 1-4-4l5-5a1.900 1.900 0 0 1 2.700 2.700L7 10.300"],
  out: ["M9 3h4v4M13 3 7.500 8.500M11 9.500V13H3V5h3.500"],
  phone: ["M5 1.500h6v13H5ZM7.500 12.500h1"],
  import: ["M8 2v8M5 7l3 3 3-3M2.500 11v2.500h11V11"],
  more: ["M3 8h.5M7.75 8h.5M12.500 8h.5"],
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className={name === "more" ? "i dots" : "i"} viewBox="0 0 16 16" aria-hidden="true">
      {PATHS[name].map((path) => (
        <path key={path} d={path} />
      ))}
    </svg>
  );
}
