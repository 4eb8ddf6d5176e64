/** @file A real Slurm cluster on one machine, all of it below one folder: controller, authentication, and several nodes. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const programs = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scontrol'];

/** The programs that are not installed here. */
export function missingPrograms(): string[] {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin'];
  const installed = (name: string) => folders.some((folder) => readableFolder(folder).includes(name));
  return programs.filter((name) => !installed(name));
}

function readableFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

export class SlurmCluster {
  private readonly daemons: ChildProcess[] = [];
  readonly env: NodeJS.ProcessEnv;

  constructor(
    private readonly folder: string,
    readonly nodes: readonly string[],
    private readonly port: number,
  ) {
    const config = path.join(folder, 'slurm.conf');
    this.env = { ...process.env, SLURM_CONF: config, PATH: `${process.env.PATH}:/usr/sbin` };
    mkdirSync(path.join(folder, 'state'));
    for (const node of nodes) mkdirSync(path.join(folder, `spool-${node}`));
    const key = path.join(folder, 'munge.key');
    writeFileSync(key, randomBytes(1024));
    chmodSync(key, 0o600);
    writeFileSync(config, this.configuration());
    // Otherwise Slurm looks for control groups, which a container need not have.
    writeFileSync(path.join(folder, 'cgroup.conf'), 'CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n');
  }

  private configuration(): string {
    const { folder, nodes, port } = this;
    const host = os.hostname();
    return `
ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${port}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool-%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SlurmdParameters=config_overrides
SlurmctldTimeout=10
SlurmdTimeout=10
KillWait=5
ReturnToService=2
JobRequeue=1
MpiDefault=none
AccountingStorageType=accounting_storage/none
${nodes.map((node, i) => `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${port + 1 + i} CPUs=1 RealMemory=1000`).join('\n')}
PartitionName=spare Nodes=${nodes.join(',')} Default=YES MaxTime=INFINITE State=UP
`;
  }

  /** Starts everything and waits until all nodes are idle. */
  async start(): Promise<void> {
    const inFolder = (name: string) => path.join(this.folder, name);
    this.daemon('munged', [
      '--foreground',
      '--force',
      `--key-file=${inFolder('munge.key')}`,
      `--socket=${inFolder('munge.socket')}`,
      `--pid-file=${inFolder('munge.pid')}`,
      `--seed-file=${inFolder('munge.seed')}`,
      `--log-file=${inFolder('munge.log')}`,
    ]);
    await wait(1000);
    this.daemon('slurmctld', ['-D']);
    await wait(1000);
    for (const node of this.nodes) this.startNode(node);
    for (let tries = 0; tries < 60; tries++) {
      const idle = this.run('sinfo', ['-h', '-N', '-o', '%N %T'])
        .split('\n')
        .filter((line) => line.endsWith(' idle'));
      if (idle.length === this.nodes.length) return;
      await wait(500);
    }
    throw new Error(`the cluster does not start; its logs are in ${this.folder}`);
  }

  startNode(node: string): void {
    this.daemon('slurmd', ['-D', '-N', node], { TEST_NODE: node }, `slurmd-${node}`);
  }

  /** As when its plug is pulled: the node's daemon and all that it runs are gone at once. */
  killNode(node: string): number {
    const marks = [`TEST_NODE=${node}`, `SLURMD_NODENAME=${node}`];
    const pids = this.processes((variables) => marks.some((mark) => variables.includes(mark)));
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    return pids.length;
  }

  /** The output of one of Slurm's commands. */
  run(program: string, args: readonly string[]): string {
    return execFileSync(program, args, { env: this.env, encoding: 'utf8' }).trim();
  }

  /** Ends all that runs by this cluster's configuration. */
  stop(): void {
    for (const pid of this.processes(() => true)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {} // ended meanwhile
    }
    for (const daemon of this.daemons) daemon.kill('SIGKILL');
  }

  /** Processes with this cluster's configuration in their environment, but for this one. */
  private processes(holds: (variables: readonly string[]) => boolean): number[] {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 1 && pid !== process.pid)
      .filter((pid) => {
        const variables = environmentOf(pid);
        return variables.includes(`SLURM_CONF=${this.env.SLURM_CONF}`) && holds(variables);
      });
  }

  private daemon(
    program: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    name = program,
  ): void {
    const log = openSync(path.join(this.folder, `${name}.log`), 'a');
    const daemon = spawn('nice', ['-n', '19', program, ...args], {
      env: { ...this.env, ...env },
      stdio: ['ignore', log, log],
    });
    this.daemons.push(daemon);
  }
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return []; // ended, or not ours
  }
}
