/** @file HTML that is safe by construction: whatever is put into a template is escaped, unless it is HTML already. */

/** Finished markup. Made only by `html` and `trusted`. */
export class Html {
  constructor(readonly markup: string) {}
  toString(): string {
    return this.markup;
  }
}

/** What a template takes: text is escaped, lists are joined, `null`, `undefined` and `false` vanish. */
export type Content = Html | string | number | null | undefined | false | readonly Content[];

/** Tagged template of HTML. Attribute values must stand in double quotes. */
export function html(strings: TemplateStringsArray, ...contents: Content[]): Html {
  return new Html(strings.reduce((markup, part, i) => markup + render(contents[i - 1]) + part));
}

/** Markup that this project made itself: style sheets and drawn charts. Never user text. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

/** Text for HTML, also within double-quoted attributes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function render(content: Content): string {
  if (content === null || content === undefined || content === false) return '';
  if (content instanceof Html) return content.markup;
  if (typeof content === 'object') return content.map(render).join('');
  return escapeText(String(content));
}
