/** @file `transfuse ui`. */
import { spawn } from 'node:child_process';
import { type Command, InvalidArgumentError } from 'commander';
import { interruption, reportFailure } from '../failure.js';

export function describe(command: Command): void {
  command
    .description(
      'Opens a page in the browser, served from this machine to this machine only: look at images, train, watch, compare, predict, download.',
    )
    .option('--port <N>', 'port to listen on; 0 takes any that is free', parsePort, 0)
    .option('--runs <FOLDER>', 'where runs are kept and looked for', 'runs')
    .option('--no-open', 'do not open the browser, only print the address')
    .addHelpText(
      'after',
      `
The address has a key that is new each time; whoever does not know it gets nothing. Ctrl-C stops what is training
after its current step, so that it can be resumed.

Examples:
  transfuse ui
  transfuse ui --runs ~/xray-runs --port 8500
  ssh -L 8500:localhost:8500 workstation transfuse ui --port 8500 --no-open    (a page of another machine)`,
    )
    .action(async ({ port, runs, open }: { port: number; runs: string; open: boolean }) => {
      const { startUi } = await import('../../ui/server/ui-server.js');
      const ui = await startUi({ port, runs, onBug: reportBug });
      const stop = interruption(() => process.stdout.write('Stopping; once more ends at once …\n'));
      try {
        process.stdout.write(`Transfuse is at ${ui.url}\nCtrl-C ends it.\n`);
        if (open) openBrowser(ui.url);
        await new Promise((resolve) => stop.signal.addEventListener('abort', resolve));
        await ui.close();
      } finally {
        stop.done();
      }
    });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port < 65_536) return port;
  throw new InvalidArgumentError('it must be a whole number from 0 to 65535.');
}

/** The page goes on; whoever asked has been told that something went wrong. */
function reportBug(error: unknown): void {
  reportFailure(error);
  process.exitCode = 0;
}

/** Where there is no browser to open, the printed address will do. */
function openBrowser(url: string): void {
  const [program, ...before] = openers[process.platform] ?? ['xdg-open'];
  const child = spawn(program!, [...before, url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}

const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};
