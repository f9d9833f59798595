"""A real SLURM cluster on a single host: its daemons, and a few virtual nodes on the loopback interface.

    python slurm_cluster.py start|stop [folder]

needs root and the Debian packages slurm-wlm and munge. After `stop` only the folder remains, with the daemons' logs.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

#: SLURM's configuration must be here: the environment of a job cannot name another path to every part of SLURM.
CONFIGURATION = Path("/etc/slurm/slurm.conf")
DAEMONS = ("munged", "slurmctld", "slurmd")

# Jobs go to the least busy node, so that a few jobs use all nodes. The nodes are only names on one host, so a job's
# processes are identified by their process group instead of a cgroup. A job on a lost node fails and is not requeued,
# because Snakemake has to notice the failure. Without a database, finished jobs are remembered for MinJobAge seconds.
SLURM_CONF = """\
ClusterName=onehost
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
SlurmdTimeout=15
KillWait=3
MinJobAge=86400
JobRequeue=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory,CR_LLN
SchedulerParameters=batch_sched_delay=0,sched_interval=5
GresTypes=gpu
NodeName={cpu_nodes} NodeHostname={host} NodeAddr=127.0.0.1 Port=[16901-{last_port}] CPUs=2 RealMemory=16000
NodeName={gpu_node} NodeHostname={host} NodeAddr=127.0.0.1 Port=16900 CPUs=2 RealMemory=16000 Gres=gpu:1
PartitionName=cpu Nodes={cpu_nodes} Default=YES MaxTime=1-0
PartitionName=gpu Nodes={gpu_node} MaxTime=1-0
"""


class Cluster:
    """Nodes n1, n2, … are the partition `cpu`; the last node, with a GPU in name only, is the partition `gpu`."""

    def __init__(self, folder, nodes=3):
        self.folder = Path(folder).resolve()
        self.nodes = [f"n{number}" for number in range(1, nodes + 1)]
        # Daemons read the configuration from this path; the processes they start read CONFIGURATION.
        self.environment = os.environ | {"SLURM_CONF": str(self.folder / "slurm.conf")}
        self.environment["PATH"] += ":/usr/sbin"

    @staticmethod
    def obstacle():
        """Why no cluster can be started here, or None if one can."""
        missing = [name for name in (*DAEMONS, "sbatch") if not shutil.which(name, path="/usr/bin:/usr/sbin")]
        if missing:
            return f"no {', '.join(missing)} (Debian's packages slurm-wlm and munge; make packages installs them)"
        if os.geteuid() != 0:
            return "only root can start a SLURM cluster"
        if CONFIGURATION.is_symlink():
            left = CONFIGURATION.readlink().parent
            return f"{CONFIGURATION} is there already; if killed tests left it: python {__file__} stop {left}"
        if CONFIGURATION.exists():
            return f"{CONFIGURATION} is there already: this host belongs to a cluster"
        return None

    def start(self):
        """Start all daemons and wait until each node takes jobs."""
        if obstacle := self.obstacle():
            raise RuntimeError(obstacle)
        host, (*cpu, gpu) = socket.gethostname().split(".")[0], self.nodes
        shutil.rmtree(self.folder / "state", ignore_errors=True)
        (self.folder / "state").mkdir(parents=True)
        names = {"cpu_nodes": ",".join(cpu), "gpu_node": gpu, "last_port": 16900 + len(cpu)}
        configuration = SLURM_CONF.format(folder=self.folder, host=host, **names)
        (self.folder / "slurm.conf").write_text(configuration, encoding="utf-8")
        (self.folder / "gres.conf").write_text(f"NodeName={gpu} Name=gpu File=/dev/null\n", encoding="utf-8")
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        CONFIGURATION.parent.mkdir(exist_ok=True)
        CONFIGURATION.symlink_to(self.folder / "slurm.conf")
        files = {"socket": "munge.sock", "key-file": key.name, "pid-file": "munged.pid", "seed-file": "munge.seed"}
        files |= {"log-file": "munged.log"}
        self.call("munged", "--force", *(f"--{option}={self.folder / file}" for option, file in files.items()))
        self.call("slurmctld")
        for node in self.nodes:
            self.start_node(node)
        self.wait(lambda: self.idle() == set(self.nodes), "all nodes to be idle")

    def start_node(self, node):
        """Start the daemon of one node, for the first time or again."""
        self.call("slurmd", "-N", node)

    def crash(self, node):
        """Kill a node's daemon and everything that runs on it at once, as a loss of power would."""
        titles = tuple(f"slurmstepd: [{job['id']}." for job in self.jobs() if job["node"] == node)
        self.kill(self.folder / f"slurmd.{node}.pid", signal.SIGKILL)
        # The daemons that supervise jobs have the jobs' numbers in their titles. Kill them first: they would report how
        # their jobs end.
        watchers = [process for process in processes() if read(process / "cmdline").startswith(titles)]
        end([*watchers, *processes(f"SLURMD_NODENAME={node}")])

    def stop(self):
        """Cancel all jobs and stop all daemons that were started from the folder, and no others."""
        with suppress(subprocess.SubprocessError):
            self.call("scancel", "--user=root", timeout=10)
            self.wait(lambda: all(job["state"] not in ("RUNNING", "COMPLETING") for job in self.jobs()), "jobs to end")
        for daemon in DAEMONS[::-1]:
            for file in self.folder.glob(f"{daemon}*.pid"):
                self.kill(file, signal.SIGTERM)
        end(processes(f"SLURM_CONF={self.environment['SLURM_CONF']}"))
        if CONFIGURATION.is_symlink() and CONFIGURATION.readlink() == self.folder / "slurm.conf":
            CONFIGURATION.unlink()

    def kill(self, file, how):
        """Send a signal to the daemon that wrote this file of its process number, and wait until it is gone."""
        process = Path("/proc") / file.read_text().strip()
        if file.name.split(".")[0] in read(process / "cmdline"):
            os.kill(int(process.name), how)
            self.wait(lambda: not read(process / "cmdline"), f"{file.stem} to end")
        file.unlink(missing_ok=True)

    def jobs(self):
        """All jobs so far: id, state, partition, node, Snakemake's run, and a comment with rule and wildcards."""
        fields = {"id": "%i", "state": "%T", "partition": "%P", "node": "%N", "run": "%j", "comment": "%k"}
        lines = self.call("squeue", "--noheader", "--states=all", f"--format={'|'.join(fields.values())}").splitlines()
        return [dict(zip(fields, line.split("|"), strict=True)) for line in lines]

    def idle(self):
        """The nodes that are ready for jobs."""
        return set(self.call("sinfo", "--noheader", "--Node", "--states=idle", "--format=%N").split())

    def call(self, *command, timeout=60):
        """Run a SLURM command; return its output."""
        done = subprocess.run(
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=timeout,
        )
        return done.stdout

    def update(self, node, *changes):
        """Change the state of a node, see ``scontrol update``."""
        self.call("scontrol", "update", f"NodeName={node}", *changes)

    @staticmethod
    def wait(condition, what, seconds=60):
        """Wait until a condition holds."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"waited {seconds} s in vain for {what}")
            time.sleep(0.2)


def processes(variable=None):
    """The folders in /proc of all processes, or of those with a variable, `NAME=value`, in their environment."""
    found = [path for path in Path("/proc").iterdir() if path.name.isdigit()]
    return found if variable is None else [path for path in found if variable in read(path / "environ").split("\0")]


def end(found):
    """Kill processes; some may have ended already."""
    for process in found:
        with suppress(ProcessLookupError):
            os.kill(int(process.name), signal.SIGKILL)


def read(path):
    """The text of a file of /proc; empty if the process is gone or a zombie."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("start", "stop"):
        sys.exit(__doc__)
    cluster = Cluster(sys.argv[2] if len(sys.argv) > 2 else "/tmp/facelrp-slurm")
    getattr(cluster, sys.argv[1])()
