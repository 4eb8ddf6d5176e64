/** @file Choosing a folder of images, and what is in it. */
import { useState } from 'preact/hooks';
import { count } from '../../ui/page/format.js';
import { ClassTable } from '../../ui/page/new-run/data-overview.js';
import { Fact, Notes, ProblemNote, Waiting } from '../../ui/page/pieces.js';
import { chosenFiles, droppedFiles } from './given.js';
import { folder, folderProblem, isOpening, openFolder } from './state.js';

export function ImagesSection({ busy }: { busy: boolean }) {
  return (
    <section aria-labelledby="images">
      <h2 id="images">Images</h2>
      {busy ? null : <Drop />}
      <ProblemNote>{folderProblem.value}</ProblemNote>
      <div role="status">{isOpening.value ? <Waiting>Looking at the folder …</Waiting> : null}</div>
      {folder.value ? <Overview /> : null}
    </section>
  );
}

function Drop() {
  const [over, setOver] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the input within does the same by keyboard
    <div
      class={`drop${over ? ' over' : ''}${folder.value ? ' chosen' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={async (event) => {
        event.preventDefault();
        setOver(false);
        if (!event.dataTransfer) return;
        const given = await droppedFiles(event.dataTransfer.items);
        if (given.length > 0) await openFolder(given);
      }}
    >
      <b>Drop {folder.value ? 'another folder' : 'a folder'} of class folders here</b>
      <input
        id="folder"
        class="hidden-input"
        type="file"
        multiple
        ref={(input) => input?.setAttribute('webkitdirectory', '')}
        onChange={({ currentTarget }) => {
          const given = chosenFiles(currentTarget.files ?? []);
          currentTarget.value = '';
          if (given.length > 0) void openFolder(given);
        }}
      />
      <label class={folder.value ? 'button' : 'button primary'} for="folder">
        Choose a folder …
      </label>
      <p class="note">
        One folder per class, with train, val and test folders around them or without. JPEG, PNG, WebP, BMP.
        The browser may call this an upload; the images stay in this tab.
      </p>
    </div>
  );
}

function Overview() {
  const { name, classes, splits, warnings, task } = folder.value!;
  const images = splits.reduce((sum, split) => sum + split.images, 0);
  const groups = splits.reduce((sum, split) => sum + (split.groups ?? 0), 0);
  return (
    <div class="data">
      <dl class="facts">
        <Fact name="folder">{name}</Fact>
        <Fact name="images">{count(images)}</Fact>
        <Fact name="classes" note={task === 'binary' ? `${classes[1]} is the positive one` : undefined}>
          {count(classes.length)}
        </Fact>
        <Fact
          name="groups"
          note={groups > 0 ? 'never on two sides' : 'set group-by below if images share patients'}
        >
          {groups > 0 ? count(groups) : 'none'}
        </Fact>
      </dl>
      <ClassTable data={{ classes, splits }} />
      <Notes title="Worth knowing" lines={warnings} />
    </div>
  );
}
