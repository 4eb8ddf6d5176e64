/** @file Choosing a folder or file of this machine: the server lists them, as browsers do not tell where one lies. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { FolderListing } from '../../api.js';
import { useFetched } from '../fetched.js';
import { count, counted } from '../format.js';
import { address } from '../http.js';
import { ProblemNote, Waiting } from '../pieces.js';

export interface PathDialogProps {
  readonly title: string;
  /** Where to begin. */
  readonly start: string;
  readonly home: string;
  /** Which files may be chosen, beside the folder that is open. */
  readonly files: RegExp;
  /** Whether folders may be chosen. */
  readonly folders: boolean;
  readonly onChoose: (path: string) => void;
  readonly onClose: () => void;
}

export function PathDialog({ title, start, home, files, folders, onChoose, onClose }: PathDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const [folder, setFolder] = useState(start);
  const { value: listing, problem } = useFetched<FolderListing>(address('/api/folders', { path: folder }));
  useEffect(() => dialog.current!.showModal(), []);
  // Whoever steps through folders by keyboard goes on in the list, not at the top of the page.
  useEffect(() => list.current?.querySelector('button')?.focus(), [listing?.path]);
  const choose = (path: string) => {
    onChoose(path);
    dialog.current!.close();
  };
  return (
    <dialog ref={dialog} class="paths" aria-label={title} onClose={onClose}>
      <header>
        <h2>{title}</h2>
        <button type="button" class="quiet" onClick={() => dialog.current!.close()}>
          Close
        </button>
      </header>
      <p class="path here">{listing?.path ?? folder}</p>
      <div class="buttons">
        <button type="button" disabled={!listing?.parent} onClick={() => setFolder(listing!.parent!)}>
          ↑ Up
        </button>
        <button type="button" onClick={() => setFolder(home)}>
          Home
        </button>
      </div>
      <ProblemNote>{problem}</ProblemNote>
      {!listing && !problem ? <Waiting>Looking …</Waiting> : null}
      {listing ? (
        <Entries listing={listing} files={files} list={list} onOpen={setFolder} onChoose={choose} />
      ) : null}
      {folders ? (
        <footer>
          <p class="note">
            {listing
              ? `${counted(listing.folders.length, 'folder')}, ${counted(listing.images, 'image')} here`
              : ''}
          </p>
          <button type="button" class="primary" disabled={!listing} onClick={() => choose(listing!.path)}>
            Use this folder
          </button>
        </footer>
      ) : null}
    </dialog>
  );
}

interface EntriesProps {
  readonly listing: FolderListing;
  readonly files: RegExp;
  readonly list: { current: HTMLUListElement | null };
  readonly onOpen: (path: string) => void;
  readonly onChoose: (path: string) => void;
}

function Entries({ listing, files, list, onOpen, onChoose }: EntriesProps) {
  const choosable = listing.files.filter(({ name }) => files.test(name));
  if (listing.folders.length + choosable.length === 0) return <p class="note">No folders in here.</p>;
  return (
    <ul ref={list} class="entries">
      {listing.folders.map(({ name, path }) => (
        <li key={path}>
          <button type="button" class="entry folder" onClick={() => onOpen(path)}>
            {name}
          </button>
        </li>
      ))}
      {choosable.map(({ name, path }) => (
        <li key={path}>
          <button type="button" class="entry file" onClick={() => onChoose(path)}>
            {name}
          </button>
        </li>
      ))}
      {listing.leftOut > 0 ? (
        <li class="note">… and {count(listing.leftOut)} more; write the path instead</li>
      ) : null}
    </ul>
  );
}
