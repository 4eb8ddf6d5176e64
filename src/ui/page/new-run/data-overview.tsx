/** @file What is in a folder: classes and sides, a few pictures of each, sizes, groups, files that are the same. */
import type { DataDetails, DataSummary } from '../../api.js';
import { useFetched } from '../fetched.js';
import { bytes, count, counted, percent } from '../format.js';
import { address } from '../http.js';
import { Fact, Notes, Part, ProblemNote, Scrollable, Waiting } from '../pieces.js';

const kinds = {
  binary: 'two classes',
  'multi-class': 'one of several classes',
  'multi-label': 'any number of labels',
};

export function DataOverview({ data }: { data: DataSummary }) {
  const { value: details, problem } = useFetched<DataDetails>(
    address('/api/data/details', { key: data.key }),
  );
  const images = data.splits.reduce((sum, split) => sum + split.images, 0);
  const groups = data.splits.reduce((sum, split) => sum + (split.groups ?? 0), 0);
  return (
    <div class="data">
      <dl class="facts">
        <Fact name="images" note={kinds[data.task]}>
          {count(images)}
        </Fact>
        <Fact name="classes" note={data.name === null ? undefined : `known as ${data.name}`}>
          {count(data.classes.length)}
        </Fact>
        <Fact
          name="groups"
          note={groups > 0 ? 'never on two sides' : 'set group-by below if images share patients'}
        >
          {groups > 0 ? count(groups) : 'none'}
        </Fact>
        {details ? <DetailFacts details={details} /> : null}
      </dl>
      {!details && !problem ? <Waiting>Reading sizes and looking for equal files …</Waiting> : null}
      <ProblemNote>{problem}</ProblemNote>
      <ClassTable data={data} />
      <Notes title="Worth knowing" lines={data.warnings} />
      {details ? <Findings details={details} /> : null}
      <Samples data={data} />
    </div>
  );
}

function DetailFacts({
  details: { sizes, differentSizes, measured, bytes: total, duplicates },
}: {
  details: DataDetails;
}) {
  const [first] = sizes;
  const share = first && measured > 0 ? first.images / measured : 0;
  return (
    <>
      <Fact
        name="size"
        note={
          differentSizes > 1
            ? `the most frequent of ${count(differentSizes)} sizes (${percent(share)}), ${bytes(total)}`
            : bytes(total)
        }
      >
        {first ? `${first.width} × ${first.height}` : '–'}
      </Fact>
      <Fact name="equal files" note={duplicates === null ? 'not looked for: all in one file' : undefined}>
        {duplicates === null ? '–' : duplicates.length === 0 ? 'none' : count(duplicates.length)}
      </Fact>
    </>
  );
}

export function ClassTable({ data: { classes, splits } }: { data: Pick<DataSummary, 'classes' | 'splits'> }) {
  const most = Math.max(...classes.map((_, k) => splits.reduce((sum, { perClass }) => sum + perClass[k], 0)));
  return (
    <Scrollable label="Images by class and side">
      <table>
        <thead>
          <tr>
            <th scope="col">class</th>
            {splits.map(({ name }) => (
              <th scope="col" class="n" key={name}>
                {name}
              </th>
            ))}
            <th scope="col" class="bars">
              share
            </th>
          </tr>
        </thead>
        <tbody>
          {classes.map((name, k) => {
            const total = splits.reduce((sum, { perClass }) => sum + perClass[k], 0);
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                {splits.map((split) => (
                  <td class="n" key={split.name}>
                    {count(split.perClass[k])}
                  </td>
                ))}
                <td class="bars">
                  <Part part={total / most} />
                </td>
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">all</th>
            {splits.map(({ name, images, groups }) => (
              <td class="n" key={name}>
                {count(images)}
                {groups === null ? '' : ` in ${counted(groups, 'group')}`}
              </td>
            ))}
            <td />
          </tr>
        </tfoot>
      </table>
    </Scrollable>
  );
}

function Findings({ details: { duplicates, unreadable } }: { details: DataDetails }) {
  const lines = (duplicates ?? []).map(({ ids, conflict }) => {
    const files =
      ids.length > 4 ? `${ids.slice(0, 4).join(', ')} and ${ids.length - 4} more` : ids.join(', ');
    const why = { classes: ' – with different labels', splits: ' – on different sides' };
    return `${files}${conflict ? why[conflict] : ''}`;
  });
  return (
    <>
      <Notes title="Files that are the same, byte for byte" lines={lines} />
      <Notes title="Files that cannot be read" lines={unreadable} />
    </>
  );
}

function Samples({ data: { classes, samples, key } }: { data: DataSummary }) {
  const shown = classes.filter((name) => samples.some(({ labels }) => labels.includes(name)));
  return (
    <div class="samples">
      {shown.map((name) => (
        <section key={name} aria-label={`Samples of ${name}`}>
          <h3>{name}</h3>
          <ul>
            {samples
              .filter(({ labels }) => labels.includes(name))
              .map(({ index, id, split }) => (
                <li key={index}>
                  <img
                    src={address('/api/data/image', { key, index, size: 160 })}
                    alt={`${id}, ${split}`}
                    title={`${id} (${split})`}
                    loading="lazy"
                    width={96}
                    height={96}
                  />
                </li>
              ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
