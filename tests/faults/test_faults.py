# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""Full disks, places that cannot be written, files that vanish, signals: what was reported saved is there.

Usage: test_faults.py path/to/thalweg path/to/saver [--kills N] [unittest arguments]"""

import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
import npz_files  # pylint: disable=wrong-import-position
import test_cli  # pylint: disable=wrong-import-position

KILLS = 40
SAVER = []
SMALL = ("--hidden", "8", "--batch", "20", "--threads", "1")
NOBODY = 65534
PATIENCE = test_cli.PATIENCE


def iteration(path):
    return npz_files.values(npz_files.load(path)["iteration"])[2][0]


class FaultTest(test_cli.CliTest):
    def setUp(self):
        super().setUp()
        self.net = self.out / "net.npz"

    def saved(self, path, *arguments):
        done = self.train(*SMALL, "--quiet", "--save", path, *arguments)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        return path.read_bytes()

    def start(self, *arguments, **options):
        command = [*test_cli.THALWEG, "train", "--data", self.data, *SMALL, *arguments]
        process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, **options)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def wait_for(self, path):
        end = time.monotonic() + 60 * PATIENCE
        while not path.exists():
            self.assertLess(time.monotonic(), end, f"no {path}")
            time.sleep(0.005)

    def names(self, folder):
        return sorted(entry.name for entry in folder.iterdir())

    def remove_whole_files(self, folder):
        """A name is given to whole files only, just before the renaming: a kill at that moment, or a directory that is moved, may
        leave one behind."""
        for name in self.names(folder):
            if name.startswith(".thalweg-"):
                npz_files.load(folder / name)
                (folder / name).unlink()
        self.assertLessEqual(len(self.names(folder)), 1)


class FullDisk(FaultTest):
    def tiny_disk(self, size):
        disk = self.folder / "disk"
        disk.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)],
                              capture_output=True, check=False)
        if done.returncode != 0:
            self.skipTest("no tmpfs may be mounted here")
        self.addCleanup(subprocess.run, ["umount", str(disk)], check=True)
        return disk

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("mount"), "only root may mount")
    def test_old_files_stay_and_the_message_says_why(self):
        disk = self.tiny_disk("64k")
        net, table, report = disk / "net.npz", disk / "run.csv", disk / "run.json"
        before = self.saved(net, "--iters", 4)
        table.write_text("iteration,loss,train_accuracy,test_accuracy\n1,2.3,0.1,0.1\n")
        old_table = table.read_text()
        report.write_text("old report")
        with open(disk / "ballast", "wb", buffering=0) as ballast:
            try:
                while ballast.write(bytes(4096)) > 0:
                    pass
            except OSError:
                pass
        arguments = ("--resume", net, "--iters", 4000, "--quiet")
        done = self.train(*arguments, "--checkpoint-every", 2, "--save", net)
        self.assert_refused(done, "thalweg train: --save: ", str(net), "No space left on device")
        done = self.train(*arguments, "--csv", table, "--json", report)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        for option, path in (("--csv", table), ("--json", report)):
            self.assertRegex(done.stderr, rf'{option}: cannot write "{re.escape(str(path))}": No space left')
        self.assertEqual((net.read_bytes(), table.read_text(), report.read_text()),
                         (before, old_table, "old report"))
        self.assertEqual(self.names(disk), ["ballast", "net.npz", "run.csv", "run.json"])
        (disk / "ballast").unlink()
        self.saved(net, "--iters", 6)
        self.assertEqual(iteration(net), 6)

    def test_file_size_limit(self):
        before = self.saved(self.net, "--iters", 4)

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
        arguments = ("--resume", self.net, "--iters", 40, "--quiet", "--save", self.net, "--json",
                     self.out / "run.json")
        # Python ignores SIGXFSZ: so do its children unless told otherwise; ended by it, nothing is lost either.
        done = self.train(*arguments, preexec_fn=limit, restore_signals=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"thalweg train: --save: {self.net}: writing failed: File too large", done.stderr)
        self.assertEqual(self.names(self.out), ["net.npz", "run.json"])
        (self.out / "run.json").unlink()
        self.assertEqual(self.train(*arguments, preexec_fn=limit).returncode, -signal.SIGXFSZ)
        self.assertEqual(self.names(self.out), ["net.npz"])
        self.assertEqual(self.net.read_bytes(), before)


class Places(FaultTest):
    """As an ordinary user: root may write anywhere."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.options = {}
            return
        # The program may lie where others may not look.
        program = shutil.copy(test_cli.THALWEG[-1], self.folder / "thalweg")
        launcher = test_cli.THALWEG
        test_cli.THALWEG = [*launcher[:-1], program]
        self.addCleanup(setattr, test_cli, "THALWEG", launcher)

        def drop():
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        self.options = {"preexec_fn": drop, "cwd": "/"}
        self.folder.chmod(0o755)
        for path in self.folder.rglob("*"):
            os.chown(path, NOBODY, NOBODY)

    def ordinary(self, *arguments):
        return self.train(*arguments, **self.options)

    def test_read_only_directory(self):
        self.assertEqual(self.ordinary(*SMALL, "--iters", 4, "--save", self.net).returncode, 0)
        before = self.net.read_bytes()
        self.out.chmod(0o555)
        self.addCleanup(self.out.chmod, 0o755)
        for path in (self.out / "new.npz", self.net):
            for option in ("--save", "--csv", "--json"):
                self.assert_refused(self.ordinary("--iters", 1000000000, option, path),
                                    f'{option}: cannot write "{path}": Permission denied')
        self.assertEqual((self.names(self.out), self.net.read_bytes()), (["net.npz"], before))

    def test_directory_that_becomes_read_only(self):
        process = self.start("--iters", "1000000000", "--save", self.net, "--checkpoint-every", "2", **self.options)
        self.wait_for(self.net)
        self.out.chmod(0o555)
        self.addCleanup(self.out.chmod, 0o755)
        output, errors = process.communicate(timeout=60 * PATIENCE)
        self.assertEqual(process.returncode, 2)
        self.assertIn("ended for want of a checkpoint", output)
        self.assertRegex(errors, r"\Athalweg train: --save: \S*net\.npz: [^\n]*Permission denied\n\Z")
        self.assertEqual(self.names(self.out), ["net.npz"])
        self.assertEqual(iteration(self.net) % 2, 0)

    def test_unreadable_files(self):
        self.assertEqual(self.ordinary(*SMALL, "--iters", 4, "--save", self.net).returncode, 0)
        self.net.chmod(0)
        self.assert_refused(self.ordinary("--resume", self.net), str(self.net), "Permission denied")
        images = self.data / test_cli.FILES[0]
        images.chmod(0)
        self.assert_refused(self.ordinary("--iters", 1), str(images), "Permission denied")


class WithoutProc(FaultTest):
    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare"), "only root may hide /proc")
    def test_saves_all_the_same(self):
        hidden = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /proc && exec "$@"', "sh"]
        launcher = test_cli.THALWEG
        probe = subprocess.run([*hidden, *launcher, "--version"], capture_output=True, check=False)
        if probe.returncode != 0 or probe.stderr:
            self.skipTest("/proc cannot be hidden here, or an emulator or a sanitizer wants it")
        before = self.saved(self.net, "--iters", 4)
        self.net.unlink()
        self.addCleanup(setattr, test_cli, "THALWEG", launcher)
        test_cli.THALWEG = [*hidden, *launcher]
        self.assertEqual(self.saved(self.net, "--iters", 4), before)
        self.assertEqual(self.names(self.out), ["net.npz"])


class Vanished(FaultTest):
    def test_directory_of_the_checkpoints(self):
        folder = self.out / "nets"
        folder.mkdir()
        net = folder / "net.npz"
        process = self.start("--iters", "1000000000", "--save", net, "--checkpoint-every", "2", "--quiet")
        self.wait_for(net)
        folder.rename(self.out / "moved")
        output, errors = process.communicate(timeout=60 * PATIENCE)
        self.assertEqual((process.returncode, output), (2, ""))
        self.assertRegex(errors, r"\Athalweg train: --save: \S*net\.npz: [^\n]*No such file or directory\n\Z")
        self.remove_whole_files(self.out / "moved")
        self.assertEqual(iteration(self.out / "moved" / "net.npz") % 2, 0)

    def test_inputs(self):
        self.saved(self.net, "--iters", 4)
        self.net.unlink()
        self.assert_refused(self.train("--resume", self.net), str(self.net), "No such file or directory")
        (self.data / test_cli.FILES[2]).unlink()
        self.assert_refused(self.train("--iters", 1), test_cli.FILES[2])

    def test_pipes_are_refused_where_a_file_is_read_from_its_end(self):
        self.saved(self.net, "--iters", 4)
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        self.assert_refused(self.train("--resume", pipe), str(pipe), "expected a file, found a pipe")
        self.assert_refused(test_cli.run("predict", "--model", pipe, pipe), str(pipe), "expected a file, found a pipe")


class Signals(FaultTest):
    """The loop saves before it evaluates: a line about iteration N, a multiple of 3, says that N is saved."""

    def test_random_moments(self):
        numbers = random.Random(int(os.environ.get("THALWEG_TEST_SEED", "1")))
        reached = 0
        advanced = 0
        longest = 0.12 * PATIENCE
        for turn in range(KILLS):
            how = (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGINT)[turn % 4]
            resume = ("--resume", self.net) if self.net.exists() else ()
            process = self.start("--iters", "1000000000", "--checkpoint-every", "3", "--eval-every", "3", "--save",
                                 self.net, *resume, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
            time.sleep(numbers.uniform(0.0, longest))
            process.send_signal(how)
            output, errors = process.communicate(timeout=60 * PATIENCE)
            self.assertEqual(errors, "")
            asked = how != signal.SIGKILL  # to end; before it listens, it dies of that
            self.assertIn(process.returncode, (-how, 128 + how) if asked else (-how,))
            lines = [int(n) for n in re.findall(r"^iteration +(\d+)/.*images/s$", output, re.MULTILINE)]
            reported = max([n for n in lines if n % 3 == 0], default=0)
            now = iteration(self.net) if self.net.exists() else 0
            self.assertGreaterEqual(now, max(reported, reached))
            self.assertTrue(now % 3 == 0 or now == reached or asked, now)
            if process.returncode > 0:
                self.assertIn(f"after {now} of ", output)
            advanced += now > reached
            reached = now
            if 2 * advanced <= turn:  # a slow program, or a busy machine
                longest *= 1.2
            self.remove_whole_files(self.out)
        self.assertGreater(advanced, KILLS // 4)
        end = reached + 5
        done = test_cli.run("train", "--resume", self.net, "--save", self.net, "--iters", end, "--eval-every", 1000,
                            "--checkpoint-every", 1000, "--quiet")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        whole = self.out / "whole.npz"
        self.saved(whole, "--iters", end, "--eval-every", 1000, "--checkpoint-every", 1000)
        self.assertEqual(npz_files.load(self.net), npz_files.load(whole))
        print(f"{KILLS} signals, {advanced} after new checkpoints, {reached} iterations", file=sys.stderr)

    def test_killed_while_saving(self):
        """The saver reports each file when save_npz has returned, and does nothing but save."""
        numbers = random.Random(1)
        path = self.out / "numbers.npz"
        total = 0
        for turn in range(KILLS):
            path.unlink(missing_ok=True)
            with subprocess.Popen([*SAVER, path], stdout=subprocess.PIPE, text=True) as process:
                self.assertEqual(process.stdout.readline(), "1\n")
                time.sleep(numbers.uniform(0.0, 0.03 * PATIENCE))
                process.kill()
                lines = process.stdout.read().split("\n")[:-1]
            reported = int(lines[-1]) if lines else 1
            members = npz_files.load(path)
            found = npz_files.values(members["n"])[2][0]
            self.assertIn(found, (reported, reported + 1), turn)
            self.assertEqual(set(npz_files.values(members["x"])[2]), {float(found)})
            total += found
            self.remove_whole_files(self.out)
        print(f"{KILLS} kills, {total} files saved", file=sys.stderr)


@unittest.skipUnless(shutil.which("strace") and not os.environ.get("MESON_EXE_WRAPPER"), "no strace")
class Order(FaultTest):
    def calls(self, *arguments):
        log = self.folder / "calls"
        done = subprocess.run(["strace", "-f", "-y", "-e", "trace=fsync,fdatasync,linkat,rename,renameat,renameat2",
                               "-o", log, *test_cli.THALWEG, "train", "--data", self.data, *SMALL, "--iters", "2",
                               "--quiet", *map(str, arguments)], capture_output=True, text=True, check=False)
        if "ptrace" in done.stderr:
            self.skipTest("strace may not trace here")
        self.assertEqual(done.returncode, 0, done.stderr)
        return [line.split(None, 1)[1] for line in log.read_text().splitlines() if "(" in line]

    def test_synced_renamed_synced(self):
        for option, name in (("--save", "net.npz"), ("--csv", "run.csv"), ("--json", "run.json")):
            with self.subTest(option=option):
                calls = self.calls(option, self.out / name)
                renamed = [at for at, call in enumerate(calls) if call.startswith("rename") and name in call]
                self.assertEqual(len(renamed), 1, calls)
                synced = [at for at, call in enumerate(calls) if call.startswith("fsync") and call.endswith("= 0")]
                self.assertTrue(any(at < renamed[0] and f"<{self.out}/" in calls[at] for at in synced), calls)
                self.assertTrue(any(at > renamed[0] and f"<{self.out}>" in calls[at] for at in synced), calls)


if __name__ == "__main__":
    test_cli.THALWEG = test_cli.launcher(sys.argv.pop(1))
    SAVER = test_cli.launcher(sys.argv.pop(1))
    if sys.argv[1:2] == ["--kills"]:
        KILLS = int(sys.argv[2])
        del sys.argv[1:3]
    unittest.main()
