"""A Slurm cluster of two nodes on this machine: real daemons, fake GPUs, no service, no root.

Written for Slurm 22.05 and later, as Debian packages it (slurm-wlm). Everything lies in one folder.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from getpass import getuser
from pathlib import Path

DAEMONS = ("slurmctld", "slurmd")
SECONDS = 30  # to become idle
SBIN = "/usr/sbin"

CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/jobs.txt
MailProg=/bin/true
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,sched_min_interval=0
GresTypes=gpu
ReturnToService=2
# Snakemake's plugin believes squeue only if jobs are remembered for three times its first wait.
MinJobAge=300
KillWait=2
SlurmctldTimeout=60
SlurmdTimeout={timeout}
PropagateResourceLimits=NONE
{nodes}
PartitionName=all Nodes={names} Default=YES MaxTime=600 DefaultTime=10 State=UP
"""
NODE = (
    "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1 RealMemory=8000 "
    "Gres=gpu:fake:1 State=UNKNOWN"
)


def missing() -> list[str]:
    """What a cluster needs and this machine lacks."""
    path = os.pathsep.join([os.environ["PATH"], SBIN])
    return [name for name in (*DAEMONS, "sbatch") if not shutil.which(name, path=path)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Cluster:
    """Nodes n1 and n2, each with a CPU and a fake GPU."""

    folder: Path
    nodes: tuple[str, ...] = ("n1", "n2")
    daemons: dict[str, subprocess.Popen] = field(default_factory=dict)

    def __enter__(self) -> "Cluster":
        for name in ("state", "bin", *(f"spool.{node}" for node in self.nodes)):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "nvidia0").symlink_to("/dev/null")
        self.configure()
        self.start("slurmctld", "-D", "-c")
        for node in self.nodes:
            self.start("slurmd", "-D", "-N", node)
        self.wait_until_idle()
        return self

    def __exit__(self, *_: object) -> None:
        for daemon in self.daemons.values():
            daemon.terminate()
        for daemon in self.daemons.values():
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    @property
    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"], SBIN])
        return os.environ | {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": path}

    def configure(self) -> None:
        host = socket.gethostname().split(".")[0]
        common = {"host": host, "user": getuser(), "folder": self.folder, "port": free_port()}
        nodes = [NODE.format(name=name, host=host, port=free_port()) for name in self.nodes]
        text = CONFIGURATION.format(
            nodes="\n".join(nodes), names=",".join(self.nodes), timeout=10, **common
        )
        (self.folder / "slurm.conf").write_text(text)
        # The number that ends a device's name is what CUDA_VISIBLE_DEVICES says.
        gpus = [f"NodeName={n} Name=gpu Type=fake File={self.folder}/nvidia0" for n in self.nodes]
        (self.folder / "gres.conf").write_text("\n".join(gpus) + "\n")
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")  # loads, does nothing
        # Snakemake's job step removes SLURM_CONF before it calls srun.
        shim = self.folder / "bin/srun"
        shim.write_text(
            f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {shutil.which("srun")} "$@"\n'
        )
        shim.chmod(0o755)

    def start(self, name: str, *arguments: str) -> None:
        path = self.environment["PATH"]
        command = [shutil.which(name, path=path), "-f", str(self.folder / "slurm.conf"), *arguments]
        log = (self.folder / "daemons.log").open("a")
        process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        self.daemons[arguments[-1] if name == "slurmd" else name] = process

    def ask(self, *command: str) -> str:
        run = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        return run.stdout

    def wait_until_idle(self) -> None:
        end = time.monotonic() + SECONDS
        while self.ask("sinfo", "-h", "-N", "-o", "%T").split() != ["idle"] * len(self.nodes):
            if time.monotonic() > end:
                logs = [path.read_text()[-2000:] for path in sorted(self.folder.glob("*.log"))]
                raise RuntimeError("\n".join(["the nodes do not become idle", *logs]))
            time.sleep(0.2)

    def running(self, node: str) -> list[str]:
        """Rule and wildcards of the jobs that run on a node."""
        return self.ask("squeue", "-h", "-w", node, "-t", "RUNNING", "-o", "%k").split()

    def lose(self, node: str) -> None:
        """Kill a node's daemon and everything that runs on it, as a power cut would."""
        daemon = self.daemons.pop(node)
        daemon.kill()
        daemon.wait()
        for process in processes_on(node):
            with suppress(ProcessLookupError):  # it died with the one before
                os.kill(process, signal.SIGKILL)

    def finished_jobs(self) -> list[dict[str, str]]:
        """Slurm's own record of the jobs that ended."""
        record = self.folder / "jobs.txt"
        lines = record.read_text().splitlines() if record.exists() else []
        return [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]


def processes_on(node: str) -> set[int]:
    """The processes of a node's jobs, and Slurm's own that started them."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"SLURMD_NODENAME={node}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.add(int(folder.name))
                parent = Path("/proc") / (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
                if "slurmstepd" in (parent / "cmdline").read_text():
                    found.add(int(parent.name))
        except OSError:  # it has ended
            continue
    return found
