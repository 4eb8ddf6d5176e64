/**
 * @file A study on Kubernetes: the manifest of an indexed Job, one cell per index. A pod that is evicted, or whose node
 * fails, is started anew and goes on from the last checkpoint; claims see to it that no cell is run twice.
 */
import path from 'node:path';
import { stringify } from 'yaml';
import { TransfuseError } from '../errors.js';
import { writeFileAtomic } from '../files/atomic.js';
import type { Cell } from './cells.js';
import type { Study } from './study.js';
import { countFlag, type TaskList, writeTaskList } from './task-list.js';

export interface KubernetesFlags {
  readonly image?: string;
  /** A persistent volume claim that many pods may write to. */
  readonly volume?: string;
  /** Where it is mounted. */
  readonly mount?: string;
  readonly namespace?: string;
  readonly memory?: string;
  readonly cpus?: string;
  readonly limit?: string;
}

/**
 * Writes the manifest beside the list of cells.
 * @throws TransfuseError `bad-option` where image or volume is missing, or the study lies outside the mount
 */
export async function writeKubernetesJob(
  study: Study,
  cells: readonly Cell[],
  flags: KubernetesFlags,
): Promise<{ readonly file: string; readonly tasks: number }> {
  const { image, volume, mount = study.folder } = flags;
  const missing = { image, volume };
  for (const [name, value] of Object.entries(missing)) {
    if (!value) throw new TransfuseError('bad-option', `--engine kubernetes needs --${name}`);
  }
  const way = path.relative(mount, study.folder);
  if (way.startsWith('..') || path.isAbsolute(way)) {
    throw new TransfuseError(
      'bad-option',
      `the study’s folder ${study.folder} does not lie below --mount ${mount}, where pods would see it`,
    );
  }
  const list = await writeTaskList(study, cells, 'kubernetes');
  const file = path.join(list.folder, 'job.yaml');
  await writeFileAtomic(file, stringify(kubernetesJob(study, list, flags)));
  return { file, tasks: list.tasks };
}

/** How often a cell's pod may fail for reasons of its own. */
const RETRIES = 2;

export function kubernetesJob({ definition, folder }: Study, list: TaskList, flags: KubernetesFlags) {
  const { image, volume, mount = folder, namespace, memory, cpus } = flags;
  const limit = countFlag('limit', flags.limit) ?? list.tasks;
  const amount = {
    ...(cpus && { cpu: String(countFlag('cpus', cpus)) }),
    ...(memory && { memory: memory.replace(/^(\d+)([KMGT])B?$/, '$1$2i') }),
  };
  const name = definition.name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .slice(0, 24);
  // A later list of the same study is another job.
  const begun = path.basename(list.folder).toLowerCase();
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: `transfuse-${name}-${begun}`, ...(namespace && { namespace }) },
    spec: {
      completionMode: 'Indexed',
      completions: list.tasks,
      parallelism: Math.min(limit, list.tasks),
      backoffLimitPerIndex: RETRIES,
      maxFailedIndexes: list.tasks,
      podFailurePolicy: {
        // Evicted, pre-empted, or its node gone: no failure of the cell.
        rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
      template: {
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 120,
          containers: [
            {
              name: 'cell',
              image,
              command: ['transfuse', 'study', 'run', folder, '--list', list.file],
              args: ['--index', '$(JOB_COMPLETION_INDEX)'],
              env: [
                {
                  name: 'JOB_COMPLETION_INDEX',
                  valueFrom: {
                    fieldRef: {
                      fieldPath: "metadata.annotations['batch.kubernetes.io/job-completion-index']",
                    },
                  },
                },
              ],
              ...(Object.keys(amount).length > 0 && { resources: { requests: amount, limits: amount } }),
              volumeMounts: [{ name: 'study', mountPath: mount }],
            },
          ],
          volumes: [{ name: 'study', persistentVolumeClaim: { claimName: volume } }],
        },
      },
    },
  };
}
