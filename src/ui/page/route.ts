/** @file Which view is open: the part of the address behind `#`, so that back, forward and bookmarks work. */
import { signal } from '@preact/signals';

export interface Route {
  /** `runs`, `new`, `run` or `compare`. */
  readonly view: string;
  readonly query: URLSearchParams;
}

export const route = signal(parse(location.hash));
addEventListener('hashchange', () => {
  route.value = parse(location.hash);
});

function parse(hash: string): Route {
  const [view, query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { view: view || 'runs', query: new URLSearchParams(query) };
}

/** The address of a view; a list makes a name appear several times. */
export function linkTo(view: string, query: Record<string, string | readonly string[]> = {}): string {
  const search = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) {
    for (const value of [values].flat()) search.append(name, value);
  }
  return `#/${view}${search.size > 0 ? `?${search}` : ''}`;
}
