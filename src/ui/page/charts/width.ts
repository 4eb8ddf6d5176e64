/** @file How wide an element is, whenever that changes: charts are drawn anew, so that their letters stay as large. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

export function useWidth(): [RefObject<HTMLElement | null>, number] {
  const element = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(480);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) =>
      setWidth(Math.max(220, Math.floor(entry.contentRect.width))),
    );
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
