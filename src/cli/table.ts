/** @file Plain-text tables for the terminal. */

/** Rows of cells in aligned columns, two spaces apart; a column of numbers is aligned right. */
export function table(rows: readonly (readonly (string | number)[])[], indent = '  '): string {
  const text = rows.map((row) => row.map(String));
  const widths = text[0].map((_, column) => Math.max(...text.map((row) => row[column].length)));
  const numeric = widths.map((_, column) => text.slice(1).every((row) => /^[\d.,–−%+-]*$/.test(row[column])));
  return text
    .map((row) => {
      const cells = row.map((cell, i) => (numeric[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])));
      return (indent + cells.join('  ')).trimEnd();
    })
    .join('\n');
}

/** 1234567 → `1,234,567`. */
export function count(n: number): string {
  return n.toLocaleString('en-US');
}
