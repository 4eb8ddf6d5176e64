/** @file The options of a run as a form, made from the same table as the command line's flags. */
import { useState } from 'preact/hooks';
import type { OptionRow, Said, Welcome } from '../../api.js';
import { PathDialog } from './path-dialog.js';

/** What most people want to see; the rest is folded. */
const first: readonly string[] = ['model', 'method', 'size', 'epochs', 'group-by', 'out'];

export interface OptionsFormProps {
  readonly welcome: Welcome;
  readonly said: Said;
  readonly problems: Readonly<Record<string, string>>;
  /** Ways of grouping that fit these data. */
  readonly groupings: readonly {
    readonly pattern: string;
    readonly groups: number;
    readonly example: string;
  }[];
  readonly onSay: (name: string, value: string | boolean | undefined) => void;
}

export function OptionsForm(props: OptionsFormProps) {
  const { options } = props.welcome;
  const rest = options.filter(({ name }) => !first.includes(name));
  const groups = [...new Set(rest.map(({ group }) => group))];
  const field = (row: OptionRow) => <Field key={row.name} row={row} {...props} />;
  const changed = rest.filter((row) => isChanged(row, props.said));
  const hasProblem = rest.some(({ name }) => props.problems[name]);
  return (
    <div class="options">
      <div class="fields">
        {first.flatMap((name) => options.filter((row) => row.name === name)).map(field)}
      </div>
      <details open={hasProblem || undefined}>
        <summary>
          All options{changed.length > 0 ? ` (changed: ${changed.map(({ name }) => name).join(', ')})` : ''}
        </summary>
        {groups.map((group) => (
          <fieldset key={group}>
            <legend>{group}</legend>
            <div class="fields">{rest.filter((row) => row.group === group).map(field)}</div>
          </fieldset>
        ))}
      </details>
    </div>
  );
}

interface FieldProps extends OptionsFormProps {
  readonly row: OptionRow;
}

function Field(props: FieldProps) {
  const { row, problems, said, welcome } = props;
  const { name } = row;
  const problem = problems[name];
  const hint = hintOf(row, said, welcome);
  const id = `option-${name}`;
  return (
    <div class={`field${isChanged(row, said) ? ' changed' : ''}`}>
      <label for={id}>{name}</label>
      <Control {...props} id={id} describedBy={`${id}-hint`} invalid={problem !== undefined} />
      {name === 'group-by' ? <Groupings {...props} /> : null}
      <p class="hint" id={`${id}-hint`}>
        {problem ? <strong class="wrong">{problem}</strong> : hint}
      </p>
    </div>
  );
}

/** The chosen method says what it does; a run's folder lies among the page's own; other options are as in the table. */
function hintOf({ name, description }: OptionRow, said: Said, { methods, runs }: Welcome): string {
  if (name === 'out') return `the run’s name, or a folder elsewhere; default: DATA-METHOD in ${runs}`;
  if (name !== 'method') return description;
  const chosen = said[name] ?? 'fc-then-bn';
  return (
    methods.find((method) => method.name === chosen)?.summary ??
    'phases spelled out: ROLES[@RATE][xEPOCHS], …'
  );
}

interface ControlProps extends FieldProps {
  readonly id: string;
  readonly describedBy: string;
  readonly invalid: boolean;
}

function Control({ row, said, onSay, welcome, id, describedBy, invalid }: ControlProps) {
  const [browsing, setBrowsing] = useState(false);
  const { name, kind, choices = [], value: looks } = row;
  const usual = row.default;
  const value = said[name];
  const shared = { id, name, 'aria-describedby': describedBy, 'aria-invalid': invalid || undefined };
  if (kind === 'switch') {
    const isOn = (value ?? usual ?? false) === true;
    return (
      <input
        {...shared}
        type="checkbox"
        class="switch"
        checked={isOn}
        onChange={() => onSay(name, !isOn === (usual ?? false) ? undefined : !isOn)}
      />
    );
  }
  if (kind === 'choice') {
    return (
      <select
        {...shared}
        value={String(value ?? usual ?? '')}
        onChange={({ currentTarget }) => onSay(name, saidUnless(currentTarget.value, usual))}
      >
        {usual === undefined ? <option value="">as usual</option> : null}
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  }
  const listed = suggestionsFor(name, welcome);
  return (
    <span class="with-button">
      <input
        {...shared}
        type="text"
        value={String(value ?? '')}
        placeholder={usual === undefined ? looks : String(usual)}
        list={listed.length > 0 ? `${id}-list` : undefined}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => onSay(name, currentTarget.value || undefined)}
      />
      {listed.length > 0 ? (
        <datalist id={`${id}-list`}>
          {listed.map(({ name: listedName, summary }) => (
            <option key={listedName} value={listedName}>
              {summary}
            </option>
          ))}
        </datalist>
      ) : null}
      {name === 'model' ? (
        <button type="button" onClick={() => setBrowsing(true)}>
          File …
        </button>
      ) : null}
      {browsing ? (
        <PathDialog
          title="Choose a network"
          start={welcome.folder}
          home={welcome.home}
          files={/\.(onnx|h5|keras|pth|pt|safetensors|json)$/i}
          folders={false}
          onChoose={(path) => onSay(name, path)}
          onClose={() => setBrowsing(false)}
        />
      ) : null}
    </span>
  );
}

/** What somebody types is kept as typed, also where it is, or on its way to more, the usual. */
const isChanged = ({ name, default: usual }: OptionRow, said: Said): boolean =>
  said[name] !== undefined && said[name] !== String(usual);

const saidUnless = (value: string, usual: OptionRow['default']): string | undefined =>
  value === '' || value === usual ? undefined : value;

function suggestionsFor(name: string, { methods, networks }: Welcome): { name: string; summary: string }[] {
  if (name === 'method') return [...methods];
  if (name === 'model') return networks.map((network) => ({ name: network, summary: '' }));
  return [];
}

function Groupings({ groupings, onSay }: FieldProps) {
  if (groupings.length === 0) return null;
  return (
    <p class="chips">
      {groupings.map(({ pattern, groups, example }) => (
        <button type="button" key={pattern} onClick={() => onSay('group-by', pattern)}>
          <code>{pattern}</code> {groups} groups, such as {example}
        </button>
      ))}
    </p>
  );
}
