# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""The command where Windows is another system than the rest: names, places, the console. Under Wine.

Usage: test_windows.py path/to/thalweg.exe [unittest arguments]"""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest

import npz_files
import test_cli

PATIENCE = 120  # seconds
ENDLESS = ("--iters", "1000000000", "--eval-every", "200")


def iteration(path):
    return npz_files.values(npz_files.load(path)["iteration"])[2][0]


class Files(test_cli.CliTest):
    def assert_saves(self, path):
        done = self.train("--iters", 3, "--quiet", "--save", path)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(iteration(path), 3)

    def test_names_beyond_ascii(self):
        folder = self.out / "Gr\u00f6\u00dfe \u6570\u5b57"
        folder.mkdir()
        self.assert_saves(folder / "f\u00fcr \U0001f600.npz")
        missing = folder / "fehlt \u00fc.npz"
        self.assert_refused(test_cli.run("predict", "--model", missing, self.data / test_cli.FILES[2]), str(missing),
                            "No such file or directory")

    def test_more_than_260_characters(self):
        folder = self.out
        for _ in range(3):
            folder = folder / ("p" * 120)
            folder.mkdir()
        self.assert_saves(folder / "net.npz")
        done = self.train("--iters", 3, "--save", folder / "none" / "net.npz")
        self.assert_refused(done, str(folder), "No such file or directory")

    def test_backslashes(self):
        self.assert_saves(self.out / "net.npz")
        done = test_cli.run("train", "--resume", str(self.out).replace("/", "\\") + "\\net.npz", "--iters", "4", "--quiet")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_a_place_that_is_only_read(self):
        done = self.train("--iters", 3, "--save", "/sys/net.npz")
        self.assert_refused(done, "/sys/net.npz", "Permission denied")

    def test_a_folder_that_vanishes(self):
        folder = self.out / "nets"
        folder.mkdir()
        net = folder / "net.npz"
        command = [*test_cli.THALWEG, "train", "--data", self.data, *ENDLESS, "--checkpoint-every", "2", "--quiet", "--save",
                   net]
        with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as process:
            while not net.exists():
                self.assertIsNone(process.poll())
                time.sleep(0.01)
            folder.rename(self.out / "moved")
            output, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, output), (2, ""))
        self.assertRegex(errors, r"\Athalweg train: --save: \S*net\.npz: [^\n]*No such file or directory\n\Z")
        self.assertEqual(iteration(self.out / "moved" / "net.npz") % 2, 0)

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("mount"), "only root may mount")
    def test_a_full_disk(self):
        disk = self.folder / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True,
                          check=False).returncode != 0:
            self.skipTest("no tmpfs may be mounted here")
        self.addCleanup(subprocess.run, ["umount", str(disk)], check=True)
        net = disk / "net.npz"
        hidden = ("--hidden", "8")  # so that it fits
        done = self.train("--iters", 3, "--quiet", *hidden, "--save", net)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        before = net.read_bytes()
        (disk / "ballast").write_bytes(bytes(4096 * (os.statvfs(disk).f_bavail - 1)))
        self.assert_refused(test_cli.run("train", "--resume", net, "--iters", 5, "--quiet", "--save", net), str(net),
                            "No space left on device")
        self.assertEqual(net.read_bytes(), before)
        self.assertEqual(sorted(path.name for path in disk.iterdir()), ["ballast", "net.npz"])


class Console(test_cli.CliTest):
    """A console of its own, as Wine makes one in a terminal. Its end Wine tells nobody, so that is not here."""

    def setUp(self):
        super().setUp()
        self.net = self.out / "net.npz"
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
        command = [*test_cli.THALWEG, "train", "--data", self.data, *ENDLESS, "--save", self.net]
        self.process = subprocess.Popen([str(word) for word in command], stdin=slave, stdout=slave, stderr=slave,
                                        env={**os.environ, "TERM": "xterm"}, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.addCleanup(self.end)
        os.close(slave)
        self.seen = b""
        self.read_until(lambda: b"/1000000000" in self.text())

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)

    def text(self):
        """What appeared, without what moves the cursor: Wine draws each letter by itself, and jumps over spaces."""
        return re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", self.seen)

    def read_until(self, done):
        last = time.monotonic() + PATIENCE
        while not done():
            self.assertLess(time.monotonic(), last, self.text())
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.master, 65536)
                except OSError:  # nobody holds the other side any more
                    self.process.wait(timeout=PATIENCE)
                    self.assertTrue(done(), self.text())
                    return

    def test_ctrl_c_saves_what_was_reached(self):
        os.write(self.master, b"\x03")
        self.read_until(lambda: self.process.poll() is not None)
        self.assertEqual(self.process.returncode, 128 + signal.SIGINT, self.text())
        self.assertIn(b"Ctrl-C", self.text())
        self.assertGreater(iteration(self.net), 0)


if __name__ == "__main__":
    test_cli.THALWEG = test_cli.launcher(sys.argv.pop(1))
    unittest.main()
