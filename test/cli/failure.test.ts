import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { interruption, reportFailure } from '../../src/cli/failure.js';
import { internal, TransfuseError } from '../../src/errors.js';

let said = '';
beforeEach(() => {
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

test('what the user can mend is one line and status 1', () => {
  reportFailure(new TransfuseError('some-code', 'it is wrong\n  in two lines'));
  expect({ said, status: process.exitCode }).toEqual({
    said: 'transfuse: it is wrong in two lines\n',
    status: 1,
  });
});

test.each([
  'Array buffer allocation failed',
  'Invalid typed array length: 30000000000',
  'std::bad_alloc',
  'Failed to allocate memory for requested buffer of size 12',
])('so is a lack of memory: %s', (message) => {
  reportFailure(new RangeError(message));
  expect(said).toBe(
    'transfuse: there is not enough memory; a smaller --size, --batch or network needs less\n',
  );
  expect(process.exitCode).toBe(1);
});

test('a bug of ours comes with its trace and status 70', () => {
  reportFailure(internal('nothing left'));
  expect(said).toMatch(
    /^transfuse: this is a bug in Transfuse, please report it:\nError: internal: nothing left\n +at /,
  );
  expect(process.exitCode).toBe(70);
});

test('an interruption aborts, says nothing and sets the status of its signal', () => {
  const told = vi.fn();
  const { signal, done } = interruption(told);
  process.emit('SIGTERM', 'SIGTERM');
  done();
  expect(told).toHaveBeenCalledOnce();
  expect(signal.aborted).toBe(true);
  reportFailure(signal.reason);
  expect({ said, status: process.exitCode }).toEqual({ said: '', status: 143 });
});
