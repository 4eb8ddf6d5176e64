/** @file What every page must be: whole, and asking nobody for anything. */
import { parseHTML } from 'linkedom';
import { expect } from 'vitest';

/** A parsed page. */
export type Page = ReturnType<typeof parseHTML>['document'];

/** No script, and no attribute or style that would fetch something; returns nothing, throws through `expect`. */
export function expectSelfContained(markup: string): void {
  expect(markup).toMatch(/^<!doctype html>/);
  const { document } = parseHTML(markup);
  expect(document.querySelectorAll('script, link, iframe, object, embed, base, form')).toHaveLength(0);
  expect(
    document.querySelector('meta[http-equiv="Content-Security-Policy"]')!.getAttribute('content'),
  ).toContain("default-src 'none'");
  for (const element of document.querySelectorAll('*'))
    for (const { name, value } of element.attributes)
      if (['src', 'href', 'xlink:href', 'srcset', 'action', 'poster', 'background', 'data'].includes(name))
        expect(value).toMatch(element.tagName === 'A' ? /^\.\// : /^data:image\/(png|jpeg|webp);base64,/);
  for (const style of document.querySelectorAll('style'))
    expect(style.textContent).not.toMatch(/url\(|@import/);
  for (const element of document.querySelectorAll('[style]'))
    expect(element.getAttribute('style')).not.toMatch(/url\(/);
}

/** Text with runs of space as one. */
export function textOf(element: { textContent: string | null } | null): string {
  return element!.textContent!.replace(/\s+/g, ' ').trim();
}
