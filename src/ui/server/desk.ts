/** @file The desk as the server sees it: a process that is started when it is needed, and again after a crash. */
import type { DeskApi } from './desk-api.js';
import { type CalledProcess, startProcess } from './process.js';

export class Desk {
  private process: CalledProcess<DeskApi> | undefined;

  /** The desk's methods. Where it crashes, what it was doing rejects, and the next call starts it anew. */
  get call(): DeskApi {
    if (!this.process || this.process.ended()) {
      this.process = startProcess<DeskApi>(import.meta.url, 'the process that opens images and networks');
    }
    return this.process.call;
  }

  close(): void {
    this.process?.kill();
  }
}
