/** @file Small parts that several views are made of. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** When the page opens, the keyboard starts at its top as on any page; later at what has changed. */
let hasOpened = false;

/** The heading of a view; whoever goes there by keyboard or screen reader starts at it. */
export function Heading({ children, title }: { children: ComponentChildren; title: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Transfuse`;
    if (hasOpened) heading.current?.focus({ preventScroll: true });
    hasOpened = true;
    scrollTo(0, 0);
  }, [title]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

/** One line that says what went wrong. */
export function ProblemNote({ children }: { children: ComponentChildren }) {
  return children ? (
    <p class="problem" role="alert">
      {children}
    </p>
  ) : null;
}

export function Waiting({ children }: { children: ComponentChildren }) {
  return (
    <p class="waiting" role="status">
      <span class="spinner" aria-hidden="true" />
      {children}
    </p>
  );
}

/** A figure with its name. */
export function Fact({
  name,
  children,
  note,
}: {
  name: string;
  children: ComponentChildren;
  note?: ComponentChildren;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <b>{children}</b>
        {note ? <small>{note}</small> : null}
      </dd>
    </div>
  );
}

/** A bar as long as the part of a whole, 0 to 1. */
export function Part({ part, kind = '' }: { part: number; kind?: string }) {
  return (
    <span class={`part ${kind}`} aria-hidden="true">
      <i style={{ width: `${100 * Math.min(1, Math.max(0, part))}%` }} />
    </span>
  );
}

/** More sentences than fit are folded. */
export function Notes({
  title,
  lines,
  shown = 4,
}: {
  title: string;
  lines: readonly string[];
  shown?: number;
}) {
  if (lines.length === 0) return null;
  return (
    <div class="warnings">
      <h3>{title}</h3>
      <ul>
        {lines.slice(0, shown).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {lines.length > shown ? (
        <details>
          <summary>{lines.length - shown} more</summary>
          <ul>
            {lines.slice(shown).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}

/** Wide tables scroll by themselves, with the keyboard too, and the page does not. */
export function Scrollable({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
