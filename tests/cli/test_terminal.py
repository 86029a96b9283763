# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""How the command behaves in a terminal, a pipe and a script. Usage: test_terminal.py path/to/thalweg [unittest arguments]"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest

import npz_files
import test_cli

# What a terminal obeys or reorders: C0, DEL, C1 in both spellings, marks and overrides of direction, bytes that are
# no UTF-8. Each stands in a name; \n is looked for by counting lines.
HOSTILE = ["a\nb", "a\x1b[2Jb", "a\rb", "a\x07b", "a\x7fb", "a\u009b2Jb", "a\u202eb", "a\u2066b", "a\u200fb", "a\u2028b",
           os.fsdecode(b"a\x9bb"), os.fsdecode(b"a\xff\xfeb"), os.fsdecode(b"a\xe2\x82"), os.fsdecode(b"a\xed\xa0\x80b")]
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
WHOLE = "a-\u00fc-\u65e5\u672c.pgm"  # nothing of this is spelled out


def bytes_of(*arguments, environment=None, **options):
    """As test_cli.run, but what is printed stays bytes."""
    variables = {name: value for name, value in {**os.environ, **(environment or {})}.items() if value is not None}
    return subprocess.run([*test_cli.THALWEG, *arguments], capture_output=True, timeout=120 * test_cli.PATIENCE, check=False,
                          env=variables, **options)


def on_terminal(*arguments, columns=80, environment=None):
    """Runs the command on a terminal of its own: (what appeared there, exit status)."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    variables = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    variables.update({"TERM": "xterm", **(environment or {})})
    with subprocess.Popen([*test_cli.THALWEG, *map(str, arguments)], stdin=slave, stdout=slave, stderr=slave,
                          env=variables, start_new_session=True) as process:
        os.close(slave)
        seen = b""
        end = time.monotonic() + 120 * test_cli.PATIENCE
        while time.monotonic() < end:
            if select.select([master], [], [], 0.1)[0]:
                try:
                    more = os.read(master, 65536)
                except OSError:  # nobody holds the other side any more
                    break
                if not more:
                    break
                seen += more
        os.close(master)
        process.wait(timeout=60 * test_cli.PATIENCE)
        return seen.decode().replace("\r\n", "\n"), process.returncode


def widest(text):
    """Columns of the widest line; the characters here are narrow."""
    return max(len(line) for line in text.splitlines())


class Terminal(test_cli.CliTest):
    def setUp(self):
        super().setUp()
        self.model = self.folder / "net.npz"
        self.write_model(10)

    def write_model(self, outputs):
        """A net of 4 inputs whose probabilities all differ."""
        npz_files.save(self.model, {"W1": npz_files.npy("f4", (4, outputs), [0.1 * i for i in range(4 * outputs)]),
                                    "b1": npz_files.npy("f4", (outputs,), [0.1 * i for i in range(outputs)])})

    def image(self, name="digit.pgm"):
        path = self.folder / name
        path.write_bytes(b"P5 2 2 255\n" + bytes([0, 255, 10, 20]))
        return path


class Names(Terminal):
    def assert_harmless(self, done, lines=None):
        for stream in (done.stdout, done.stderr):
            text = stream.decode()  # it is UTF-8, whatever the name was
            self.assertIsNone(OBEYED.search(text), repr(text))
        if lines is not None:
            self.assertEqual(len(done.stderr.splitlines()), lines, done.stderr)

    def test_images(self):
        for name in HOSTILE:
            with self.subTest(name=name):
                path = self.image(name)
                done = bytes_of("predict", "--model", self.model, path)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                self.assert_harmless(done)
                self.assertEqual(len(done.stdout.splitlines()), 2)
                done = bytes_of("predict", "--model", self.model, "--json", path)
                self.assert_harmless(done)
                self.assertEqual(len(json.loads(done.stdout)["images"]), 1)

    def test_letters_stay(self):
        path = self.image(WHOLE)
        done = bytes_of("predict", "--model", "net.npz", path.name, cwd=self.folder)
        self.assertIn(WHOLE, done.stdout.decode())
        rows = done.stdout.decode().splitlines()
        # Two of its letters take two columns each, so what follows begins two letters earlier.
        self.assertEqual(rows[1].index("0.") - rows[0].index("p(0)"), -2 - 1)

    def test_messages(self):
        for name in HOSTILE:
            with self.subTest(name=name):
                missing = str(self.folder / name)
                for arguments in (("train", "--data", missing), ("train", "--resume", missing), ("train", name), ("train", "--" + name),
                                  ("train", "--csv", missing + "/x"), ("train", "--save", missing + "/x"), ("train", "--lr", name),
                                  ("train", "--dtype", name), ("train", "--plots", str(self.model) + "/" + name), (name,),
                                  (name, "--help"), ("train", "--", name), ("predict", "--model", missing, "x"),
                                  ("predict", "--model", self.model, missing), ("gradcheck", "--data", missing),
                                  ("notebook", "--section", name), ("selftest", "--rows", name), ("selftest", "--level", name)):
                    done = bytes_of(*arguments)
                    self.assertEqual(done.returncode, 2, arguments)
                    self.assert_harmless(done, lines=1)
                done = bytes_of("info", environment={"THALWEG_SIMD": name})
                self.assertEqual(done.returncode, 2)
                self.assert_harmless(done, lines=1)

    def test_what_succeeds(self):
        for name in HOSTILE:
            with self.subTest(name=name):
                data, saved = self.folder / ("d" + name), self.folder / (name + ".npz")
                data.mkdir()
                test_cli.write_data(data)
                common = ("--iters", "2", "--save", saved)
                self.assert_harmless(bytes_of("train", "--data", data, *common))
                done = bytes_of("train", "--resume", saved, "--iters", "3", "--plots", self.folder / ("p" + name),
                                "--json", self.out / "run.json", environment={"PATH": "/nonexistent"})
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                self.assert_harmless(done)
                self.assertIsNone(OBEYED.search((self.out / "run.json").read_text()))
                self.assert_harmless(bytes_of("gradcheck", "--data", data, "--batch", "5", "--entries", "2", "--hidden", "3"))
            done = bytes_of("notebook", "--section", "4.3", "--out", self.folder / ("n" + name), environment={"PATH": "/nonexistent"})
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertIn(b"written: ", done.stdout)
            self.assert_harmless(done)

    def test_members_of_files(self):
        for name in ("W\x1b[2J", "W\n1", "W\u202e1"):
            npz_files.save(self.model, {name: npz_files.npy("f4", (1,), [1.0])})
            done = bytes_of("predict", "--model", self.model, self.image())
            self.assertEqual(done.returncode, 2)
            self.assert_harmless(done, lines=1)


class Words(Terminal):
    def test_end_of_options(self):
        self.image("--weird.pgm")
        self.image("-h")
        done = test_cli.run("predict", "--model", "net.npz", "--", "--weird.pgm", "-h", cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual([line.split()[0] for line in done.stdout.splitlines()], ["image", "--weird.pgm", "-h"])
        done = test_cli.run("predict", "--model", "net.npz", "-h", cwd=self.folder)
        self.assertIn("Usage:", done.stdout)
        for command in ("train", "gradcheck", "notebook", "selftest", "info"):
            self.assert_refused(test_cli.run(command, "--", "--help"), f'thalweg {command}: unexpected argument "--help"')
        self.assertEqual(test_cli.run("info", "--json", "--").returncode, 0)
        self.assertEqual(test_cli.run("--", "info").returncode, 0)
        self.assertEqual(self.train("--iters", 1, "--quiet", "--").returncode, 0)

    def test_unknown_commands(self):
        for words in (("bench",), ("bench", "--help"), ("bench", "-h"), ("--help", "bench"), ("Train",), ("",)):
            self.assert_refused(test_cli.run(*words), "thalweg: unknown command", "expected train, gradcheck, evaluate, predict, ")
        for typed, meant in (("trian", "train"), ("Train", "train"), ("prdict", "predict"), ("grad", "gradcheck"),
                             ("gradient-check", "gradcheck"), ("self-test", "selftest"), ("inf", "info")):
            self.assert_refused(test_cli.run(typed), f"; did you mean {meant}?")
        self.assertNotIn("did you mean", test_cli.run("bench").stderr)

    def test_near_misses(self):
        for typed, meant in (("--iter", "--iters"), ("--itres", "--iters"), ("-iters", "--iters"), ("--ITERS", "--iters"),
                             ("--iterations=5", "--iters"), ("--check", "--checkpoint-every"), ("--init_std", "--init-std"),
                             ("--eval", "--eval-every"), ("--bacth", "--batch"), ("--rl", "--lr"), ("--thread", "--threads"),
                             ("--jsn", "--json"), ("--hlep", "--help")):
            self.assert_refused(self.train(typed, "5"), f"unknown option \"{typed}\"; did you mean {meant}?")
        for typed in ("--bogus", "--x", "--zzzzzzzz"):
            self.assert_refused(self.train(typed), "; expected one that --help lists")
        for option, typed, meant in (("--gradient", "numeric", "numerical"), ("--gradient", "backprob", "backprop"),
                                     ("--dtype", "f34", "f32"), ("--dtype", "F64", "f64"), ("--sampling", "shufle", "shuffle")):
            self.assert_refused(self.train(option, typed), f'{option}: expected ', f'found "{typed}"; did you mean {meant}?')
        self.assertNotIn("did you mean", self.train("--dtype", "double").stderr)
        self.assert_refused(test_cli.run("selftest", "--level", "scaler"), "; did you mean scalar?")


class Streams(Terminal):
    def test_full_and_closed(self):
        """Says what could not be written and why, also when the first write failed long before the end."""
        commands = (("info",), ("info", "--json"), ("train", "--help"), ("--version",),
                    ("train", "--data", self.data, "--iters", "3"), ("predict", "--model", self.model, self.image()),
                    ("predict", "--model", self.model, "--json", *[self.folder / "digit.pgm"] * 2000))
        for command in commands:
            with self.subTest(command=command[:2]):
                with open("/dev/full", "wb") as full:
                    done = subprocess.run([*test_cli.THALWEG, *command], stdout=full, stderr=subprocess.PIPE, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertRegex(done.stderr.decode(), r"\Athalweg( \w+)?: cannot write standard output: No space left on device\n\Z")
                done = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *test_cli.THALWEG, *command], stderr=subprocess.PIPE, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertRegex(done.stderr.decode(), r"\Athalweg( \w+)?: cannot write standard output: Bad file descriptor\n\Z")
        for option in ("--csv", "--json", "--save"):
            done = self.train("--iters", 1, "--quiet", option, "/dev/full")
            self.assert_refused(done, option, "/dev/full", "No space left on device")

    def test_closed_streams_are_no_files(self):
        """What is opened first must not become standard output."""
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            done = subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", *test_cli.THALWEG, "train", "--data", self.data, "--iters", "2",
                                   "--csv", self.out / "run.csv", "--save", self.out / "net.npz"], capture_output=True, check=False)
            self.assertEqual(done.returncode, 2 if " >&-" in " " + closed else 0, (closed, done.stderr))
            self.assertEqual(len((self.out / "run.csv").read_text().splitlines()), 3)
            self.assertEqual((self.out / "net.npz").read_bytes()[:2], b"PK")

    def test_results_to_standard_output(self):
        done = self.train("--iters", 2, "--csv", "-", "--json", self.out / "run.json")
        self.assertEqual(done.returncode, 0)
        lines = done.stdout.splitlines()
        self.assertEqual((lines[0], len(lines)), ("iteration,loss,train_accuracy,test_accuracy", 3))
        for word in ("net    144-50-10", "iteration 1/2", "train accuracy "):
            self.assertIn(word, done.stderr)
        done = self.train("--iters", 2, "--json", "-")
        self.assertEqual(json.loads(done.stdout)["iterations"], 2)
        self.assertIn("train accuracy ", done.stderr)
        done = self.train("--iters", 2, "--json", "/dev/stdout", "--quiet")
        self.assertEqual((json.loads(done.stdout)["iterations"], done.stderr), (2, ""))
        self.assertEqual(os.listdir(self.out), ["run.json"])
        self.assert_refused(self.train("--csv", "-", "--json", "-"), "--json: expected another file")
        self.assert_refused(self.train("--save", "-"), '--save: expected a file name, found "-"')
        with open("/dev/full", "wb") as full:
            done = subprocess.run([*test_cli.THALWEG, "train", "--data", self.data, "--iters", "2", "--quiet", "--csv", "-"],
                                  stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr),
                         (2, "thalweg train: --csv: cannot write standard output: No space left on device\n"))

    def test_reader_that_leaves(self):
        """A closed pipe ends in silence, as of other commands; training keeps what it reached."""
        for arguments in (("--csv", "-", "--iters", "20000"), ("--iters", "1000000000", "--eval-every", "1")):
            process = subprocess.Popen([*test_cli.THALWEG, "train", "--data", self.data, *arguments, "--save", self.out / "net.npz"],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            process.stdout.readline()
            process.stdout.close()
            errors = process.stderr.read().decode()
            process.stderr.close()
            self.assertEqual(process.wait(timeout=60 * test_cli.PATIENCE), 128 + signal.SIGPIPE)
            self.assertNotIn("thalweg train:", errors)
            self.assertEqual((self.out / "net.npz").read_bytes()[:2], b"PK")
            (self.out / "net.npz").unlink()


class Signals(Terminal):
    def start(self, *arguments, prepare=None):
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL if number == signal.SIGHUP else signal.default_int_handler)
        process = subprocess.Popen([*test_cli.THALWEG, "train", "--data", self.data, "--iters", "1000000000", *arguments],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=prepare)
        while not process.stdout.readline().startswith("iteration"):
            self.assertIsNone(process.poll())
        return process

    def test_each_ends_and_saves(self):
        for number, name in ((signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP")):
            with self.subTest(name):
                saved = self.out / f"{name}.npz"
                process = self.start("--save", saved, "--json", self.out / "run.json")
                process.send_signal(number)
                output, errors = process.communicate(timeout=60 * test_cli.PATIENCE)
                self.assertEqual((process.returncode, errors), (128 + number, ""))
                self.assertIn(f"ended by {name} after", output)
                reached = json.loads((self.out / "run.json").read_text())["iterations"]
                done = test_cli.run("train", "--resume", saved, "--iters", reached)
                self.assertIn(f"after iteration {reached}: nothing left", done.stdout.replace("\n" + " " * 7, " "))

    def test_a_second_one_ends_at_once(self):
        """The callback that would end training is never reached: one step takes longer than the test waits."""
        process = subprocess.Popen([*test_cli.THALWEG, "train", "--iters", "5", "--gradient", "numerical", "--hidden", "4000",
                                    "--batch", "2000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while not process.stdout.readline().startswith(b"train"):
            self.assertIsNone(process.poll())
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=10)
        self.assertEqual(process.returncode, -signal.SIGHUP)

    def test_what_is_ignored_stays_ignored(self):
        process = self.start("--save", self.out / "net.npz", prepare=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        process.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)
        self.assertIn("ended by SIGTERM", process.communicate(timeout=60 * test_cli.PATIENCE)[0])
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)

    def test_a_terminal_that_closes(self):
        """The session's leader gets SIGHUP and can write nothing; the net is saved all the same."""
        master, slave = pty.openpty()
        def lead():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        process = subprocess.Popen([*test_cli.THALWEG, "train", "--data", self.data, "--iters", "1000000000", "--save", self.out / "net.npz"],
                                   stdin=slave, stdout=slave, stderr=slave, preexec_fn=lead)
        os.close(slave)
        seen = b""
        while b"loss" not in seen:
            seen += os.read(master, 4096)
        os.close(master)
        self.assertEqual(process.wait(timeout=60 * test_cli.PATIENCE), 128 + signal.SIGHUP)
        self.assertEqual((self.out / "net.npz").read_bytes()[:2], b"PK")


class Width(Terminal):
    def test_no_line_is_wider(self):
        long_name = self.image("a-rather-long-name-of-a-file-with-a-digit-in-it.pgm")
        commands = [("--help",), *((command, "--help") for command in ("train", "gradcheck", "evaluate", "predict", "notebook", "selftest", "info")),
                    ("info",), ("predict", "--model", self.model, self.image(), long_name),
                    ("gradcheck", "--data", self.data, "--batch", "5", "--entries", "2", "--hidden", "3", "--h", "0.5"),
                    ("train", "--data", self.data, "--iters", "3", "--gradient", "numerical"),
                    ("selftest", "--rows", "exp/f32")]
        for columns in (40, 80, 200):
            for command in commands:
                with self.subTest(columns=columns, command=command[:2]):
                    text, status = on_terminal(*command, columns=columns, environment={"TERM": "dumb"})
                    self.assertIn(status, (0, 1), text)
                    self.assertLessEqual(widest(text), columns, text)
                    self.assertGreater(len(text), 20)

    def test_where_it_is_not_known(self):
        for environment, most in (({"COLUMNS": None}, 80), ({"COLUMNS": "50"}, 50), ({"COLUMNS": "x"}, 80), ({"COLUMNS": "0"}, 80)):
            for command in (("train", "--help"), ("info",)):
                done = test_cli.run(*command, environment=environment)
                self.assertLessEqual(widest(done.stdout), most)
                self.assertGreater(widest(done.stdout), most * 3 // 4)

    def test_table(self):
        """One line an image. All probabilities while they fit, with as many digits; then the most likely first."""
        self.image()
        self.image("a-long-name-of-a-file.pgm")
        shown = {}
        for columns in (40, 73, 80, 200):
            done = test_cli.run("predict", "--model", "net.npz", "digit.pgm", "a-long-name-of-a-file.pgm", cwd=self.folder,
                                environment={"COLUMNS": str(columns)})
            lines = done.stdout.splitlines()
            self.assertEqual(len(lines), 3)
            self.assertLessEqual(widest(done.stdout), columns)
            shown[columns] = [line.split() for line in lines]
        header = ["image", "label", *(f"p({j})" for j in range(10))]
        self.assertEqual((shown[200][0], shown[80][0]), (header, header))
        self.assertEqual((shown[40][0], shown[73][0]), (["image", "label", "p", "next"],) * 2)
        exact = [float(cell) for cell in shown[200][1][2:]]
        self.assertEqual([len(cell) for cell in shown[200][1][2:]], [6] * 10)
        for found, expected in zip(shown[80][1][2:], exact):
            self.assertAlmostEqual(float(found), expected, delta=0.00056)  # half of each one's last digit
        self.assertEqual(shown[200][2][0], "a-long-name-of-a-file.pgm")
        self.assertTrue(shown[80][2][0].startswith("...") and shown[80][2][0].endswith("file.pgm"))
        # label, its probability, then pairs, falling.
        label, first, *pairs = shown[73][1][1:]
        self.assertEqual(int(label), exact.index(max(exact)))
        listed = [float(first), *map(float, pairs[1::2])]
        self.assertEqual(listed, sorted(listed, reverse=True))
        self.assertGreater(len(listed), 4)
        for number, found in zip(map(int, pairs[::2]), listed[1:]):
            self.assertAlmostEqual(found, exact[number], delta=0.00056)

    def test_bar(self):
        for columns in (20, 40, 80, 200):
            text, _ = on_terminal("train", "--data", self.data, "--iters", "200", columns=columns)
            for drawn in re.findall(r"\r([^\r\n]*)\x1b\[K", text):
                self.assertLess(len(drawn), columns)
            self.assertIn("\x1b[K", text)

    def test_no_animation(self):
        for environment in ({"TERM": "dumb"}, {"NO_COLOR": "1"}, {"TERM": ""}):
            text, status = on_terminal("train", "--data", self.data, "--iters", "20", environment=environment)
            self.assertEqual(status, 0)
            self.assertNotIn("\x1b", text)
            self.assertNotIn("\r", text)
            self.assertIn("iteration  1/20", text)
        text, _ = on_terminal("train", "--data", self.data, "--iters", "20", environment={"NO_COLOR": ""})
        self.assertIn("\x1b[K", text)


if __name__ == "__main__":
    test_cli.THALWEG[:] = test_cli.launcher(sys.argv.pop(1))
    unittest.main(verbosity=2)
