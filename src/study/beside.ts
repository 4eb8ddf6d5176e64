/** @file Which published data set, architecture and method stand beside those of a study. */
import type { StudyDefinition } from './definition.js';
import {
  type PublishedArchitecture,
  type PublishedDataset,
  type PublishedMethod,
  publishedArchitecture,
  publishedDataset,
  publishedMethod,
} from './published.js';

export interface PublishedNames {
  dataset(name: string): PublishedDataset | undefined;
  architecture(name: string): PublishedArchitecture | undefined;
  method(name: string): PublishedMethod | undefined;
}

/** By the names in the study file: what `published:` says there, or what goes by the same name. */
export function publishedNames({ datasets, architectures, methods }: StudyDefinition): PublishedNames {
  return {
    dataset: (name) => publishedDataset(datasets[name]?.published ?? datasets[name]?.dataset ?? name),
    architecture: (name) => {
      const entry = architectures[name];
      return publishedArchitecture(entry?.published ?? entry?.model ?? name) ?? publishedArchitecture(name);
    },
    // At another learning rate it is another method.
    method: (name) => {
      const entry = methods[name];
      return entry?.lr === undefined ? publishedMethod(entry?.method ?? name) : undefined;
    },
  };
}
