/** @file A few things that work on one task at a time, and more tasks than there are of them. */

/** Gives each task the next of `members` that is free; tasks that wait come in the order in which they were asked for. */
export function oneByOne<Member>(
  members: readonly Member[],
): <Result>(task: (member: Member) => Promise<Result>) => Promise<Result> {
  const free = [...members];
  const waiting: ((member: Member) => void)[] = [];
  return async (task) => {
    const member = free.pop() ?? (await new Promise<Member>((resolve) => waiting.push(resolve)));
    try {
      return await task(member);
    } finally {
      const next = waiting.shift();
      if (next) next(member);
      else free.push(member);
    }
  };
}
