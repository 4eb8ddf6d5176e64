/** @file The options, which are those of `transfuse train` as far as a tab has them; starting and stopping. */
import { methods } from '../../training/methods.js';
import type { Said, Welcome } from '../../ui/api.js';
import { optionRows, problemsOf } from '../../ui/option-rows.js';
import { OptionsForm } from '../../ui/page/new-run/options-form.js';
import { suggestGroups } from '../../ui/suggest-groups.js';
import { folder, look, said, train } from './state.js';

/** The others are about files, folders or other networks, which a tab does not have. */
const present = [
  'method',
  'size',
  'epochs',
  'group-by',
  'val',
  'test',
  'augment',
  'class-weights',
  'dropout',
  'batch',
  'lr',
  'optimiser',
  'schedule',
  'bn-momentum',
  'patience',
  'seed',
  'device',
];

/** Where the command line's words say more than a tab can. */
const descriptions: Readonly<Record<string, string>> = {
  size: 'image size in pixels, at least 32; default 64',
  'group-by': 'keep groups (patients) on one side: a pattern over the path such as "C(\\d+)P"',
  device: 'what computes: auto (WebGPU where there is a graphics processor, else the processor), cpu, webgpu',
};

const rows = optionRows()
  .filter(({ name }) => present.includes(name))
  .map((row) => ({
    ...row,
    description: descriptions[row.name] ?? row.description,
    choices: row.choices?.filter((choice) => choice !== 'cuda'),
  }));

const welcome: Welcome = {
  version: '',
  folder: '',
  home: '',
  runs: '',
  options: rows,
  methods: Object.entries(methods).flatMap(([name, { summary, ...method }]) =>
    'start' in method ? [] : [{ name, summary }],
  ),
  networks: [],
};

/** Those that change how the data are divided. */
const dividing = ['val', 'test', 'seed', 'group-by'];

export function TrainingSection({ busy }: { busy: boolean }) {
  const { ids, classes } = folder.value!;
  const problems = problemsOf(said.value);
  const say = (name: string, value: string | boolean | undefined) => {
    const { [name]: _, ...others } = said.value;
    const next: Said = value === undefined ? others : { ...others, [name]: value };
    said.value = next;
    if (dividing.includes(name) && Object.keys(problemsOf(next)).length === 0) void look();
  };
  return (
    <section aria-labelledby="training">
      <h2 id="training">Training</h2>
      <OptionsForm
        welcome={welcome}
        said={said.value}
        problems={problems}
        groupings={suggestGroups(ids, classes.length)}
        onSay={say}
      />
      <div class="start">
        <button
          type="button"
          class="primary large"
          disabled={busy || Object.keys(problems).length > 0}
          onClick={() => void train()}
        >
          Start training
        </button>
      </div>
    </section>
  );
}
