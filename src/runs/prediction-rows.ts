/** @file Predictions of images without labels as rows of a table. */

/** Column names of the probabilities, in the order of the classes. */
export function probabilityColumns(classes: readonly string[]): string[] {
  return classes.map((name) => `p(${name})`);
}

/** A header and one row per image: `image`, `predicted` (several labels joined by `|`), `p(class)` of each class. */
export function predictionRows(
  classes: readonly string[],
  predictions: readonly {
    readonly image: string;
    readonly labels: readonly string[];
    readonly probabilities: readonly number[];
  }[],
): (string | number)[][] {
  return [
    ['image', 'predicted', ...probabilityColumns(classes)],
    ...predictions.map(({ image, labels, probabilities }) => [image, labels.join('|'), ...probabilities]),
  ];
}
