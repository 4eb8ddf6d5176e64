import { afterEach, expect, test, vi } from 'vitest';
import { duration, ProgressLine } from '../../src/cli/progress.js';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test.each([
  [0.04, '0.0 s'],
  [9.94, '9.9 s'],
  [59.4, '59 s'],
  [187, '3:07'],
  [3765, '1:02:45'],
  [Number.NaN, '–'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test('where there is no terminal, a line now and then says how far it is and how long it will take', () => {
  vi.useFakeTimers();
  const lines: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  Object.defineProperty(process.stderr, 'isTTY', { value: false, configurable: true });
  const line = new ProgressLine();
  for (let done = 10; done <= 100; done += 10) {
    line.update('Reading', done, 100, 'a note');
    vi.advanceTimersByTime(4000);
  }
  line.end();
  line.update('Reading', 100, 100);
  expect(lines).toEqual(['Reading 50/100 · a note · 20 s left\n', 'Reading 90/100 · a note · 4.0 s left\n']);
});
