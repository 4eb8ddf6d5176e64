/** @file What a training process does when asked. */

export type TrainingApi = {
  /**
   * Trains to the end, or until it is stopped.
   * @param options checked already
   * @returns whether it came to the end
   */
  train(data: string | undefined, options: Record<string, unknown>): Promise<boolean>;
  /** Ends the training after its current step, with a checkpoint. */
  stop(): Promise<void>;
};
