# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""tools/fetch-mnist against web servers of this machine. Usage: test_fetch_mnist.py path/to/fetch-mnist"""

import hashlib
import http.server
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import unittest

SCRIPT = ""
MNIST = os.environ.get("THALWEG_MNIST")
NAMES = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
         "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
# Stands for the script with its table of sizes and checksums replaced: small files do.
DRIVER = """
import importlib.machinery, importlib.util, sys
loader = importlib.machinery.SourceFileLoader("fetch_mnist", sys.argv[1])
module = importlib.util.module_from_spec(importlib.util.spec_from_loader("fetch_mnist", loader))
loader.exec_module(module)
module.FILES = eval(sys.argv[2])
del sys.argv[1:3]
sys.exit(module.main())
"""


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves server.files by the last part of the path, as server.ranges and server.cut say."""

    def do_GET(self):
        server = self.server
        name = self.path.rsplit("/", 1)[1]
        wanted = self.headers.get("Range")
        server.requests.append((self.path, wanted))
        if name not in server.files:
            self.send_error(404)
            return
        content = server.files[name]
        begin = int(wanted[6:-1]) if wanted and server.ranges else 0
        self.send_response(206 if begin else 200)
        if begin:
            first = begin + server.shift
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        self.wfile.write(content[begin:][:server.cut])
        self.close_connection = True

    def log_message(self, *_):
        pass


class FetchMnist(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = pathlib.Path(folder.name) / "new" / "mnist"
        numbers = random.Random(1)
        self.files = {name: numbers.randbytes(200_000 + i) for i, name in enumerate(NAMES)}
        self.table = [(name, len(content), hashlib.sha256(content).hexdigest())
                      for name, content in self.files.items()]

    def serve(self, files=None, ranges=True, cut=None, shift=0):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.files = dict(self.files if files is None else files)
        server.ranges, server.cut, server.shift, server.requests = ranges, cut, shift, []
        server.url = f"http://127.0.0.1:{server.server_port}/some/where/"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def fetch(self, *mirrors, directory=None, environment=None, table=None):
        command = [sys.executable, "-c", DRIVER, SCRIPT, repr(table or self.table), str(directory or self.out)]
        for mirror in mirrors:
            command += ["--mirror", getattr(mirror, "url", mirror)]
        clean = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False,
                              env={**clean, "PYTHONDONTWRITEBYTECODE": "1", **(environment or {})})

    def assert_all_there(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({path.name: path.read_bytes() for path in self.out.iterdir()}, self.files)

    def test_fetches_once(self):
        server = self.serve()
        done = self.fetch(server)
        self.assert_all_there(done)
        self.assertEqual(done.stderr, "")
        self.assertEqual([path for path, _ in server.requests], [f"/some/where/{name}" for name in NAMES])
        self.assert_all_there(self.fetch(server))
        self.assertEqual(len(server.requests), 4)

    def test_resumes(self):
        cut = self.serve(cut=70_000)
        done = self.fetch(cut)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the connection ended after 70000 of 200000 bytes", done.stderr)
        self.assertEqual(sorted(path.name for path in self.out.iterdir()), sorted(f"{name}.part" for name in NAMES))
        whole = self.serve()
        self.assert_all_there(self.fetch(whole))
        self.assertEqual([wanted for _, wanted in whole.requests], ["bytes=70000-"] * 4)

    def test_resumes_at_the_next_mirror_and_where_ranges_are_unknown(self):
        for ranges in (True, False):
            self.assert_all_there(self.fetch(self.serve(cut=70_000), self.serve(ranges=ranges)))
            for path in self.out.iterdir():
                path.unlink()

    def test_a_range_that_was_not_asked_for(self):
        self.fetch(self.serve(cut=70_000))
        done = self.fetch(self.serve(shift=1))
        self.assertEqual(done.returncode, 1)
        self.assertIn("asked for the bytes from 70000, got 'bytes 70001-", done.stderr)
        self.assert_all_there(self.fetch(self.serve()))

    def test_refuses_wrong_files(self):
        right = self.files[NAMES[0]]
        for what, content, message in (
                ("one bit", right[:-1] + bytes([right[-1] ^ 1]), "expected SHA-256"),
                ("longer", right + b"x", "expected 200000 bytes, found 200001"),
                ("a page", b"<html>log in</html>", "the connection ended after 19 of 200000 bytes"),
                ("nothing", b"", "the connection ended after 0 of 200000 bytes")):
            with self.subTest(what=what):
                wrong = self.serve({**self.files, NAMES[0]: content})
                done = self.fetch(wrong)
                self.assertEqual(done.returncode, 1)
                self.assertIn(f"{NAMES[0]}: rejected from {wrong.url}: {message}", done.stderr)
                self.assertFalse((self.out / NAMES[0]).exists())
                self.assertTrue((self.out / NAMES[1]).exists())
                self.assert_all_there(self.fetch(wrong, self.serve()))
                (self.out / NAMES[0]).unlink()

    def test_wrong_partial_and_wrong_present_file(self):
        self.out.mkdir(parents=True)
        (self.out / f"{NAMES[0]}.part").write_bytes(b"x" * 1000)
        (self.out / f"{NAMES[1]}.part").write_bytes(b"x" * 300_000)
        (self.out / f"{NAMES[2]}.part").write_bytes(self.files[NAMES[2]])
        (self.out / NAMES[3]).write_bytes(b"old")
        server = self.serve()
        done = self.fetch(server)
        self.assert_all_there(done)
        self.assertIn(f"{NAMES[3]}: not the right file (expected 200003 bytes, found 3)", done.stderr)
        self.assertEqual([(path.rsplit("/", 1)[1], wanted) for path, wanted in server.requests],
                         [(NAMES[0], "bytes=1000-"), (NAMES[0], None), (NAMES[1], None), (NAMES[3], None)])

    def test_a_file_stays_when_no_better_one_comes(self):
        self.out.mkdir(parents=True)
        (self.out / NAMES[0]).write_bytes(b"mine")
        self.assertEqual(self.fetch(self.serve({})).returncode, 1)
        self.assertEqual((self.out / NAMES[0]).read_bytes(), b"mine")

    def test_mirrors_that_are_away(self):
        dead = self.serve()
        dead.shutdown()
        dead.server_close()
        empty = self.serve({})
        done = self.fetch(dead, empty, self.serve())
        self.assert_all_there(done)
        self.assertIn("Connection refused", done.stderr)
        self.assertIn("HTTP Error 404", done.stderr)

    def test_proxy(self):
        proxy = self.serve()
        done = self.fetch("http://mnist.invalid/x", environment={"http_proxy": proxy.url})
        self.assert_all_there(done)
        self.assertEqual(proxy.requests[0][0], f"http://mnist.invalid/x/{NAMES[0]}")

    def test_wrong_use(self):
        for mirror in ("file:///etc/", "nonsense"):
            done = self.fetch(mirror)
            self.assertEqual((done.returncode, self.out.exists()), (2, False))
            self.assertIn("--mirror: expected http:// or https://", done.stderr)
        self.out.parent.mkdir()
        self.out.write_text("a file")
        done = self.fetch(self.serve())
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"\Atools/fetch-mnist: [^\n]+\n\Z")

    @unittest.skipUnless(MNIST, "THALWEG_MNIST, the directory of the four MNIST files, is not set")
    def test_the_real_files(self):
        real = {name: (pathlib.Path(MNIST) / name).read_bytes() for name in NAMES}
        server = self.serve(real)
        done = subprocess.run([SCRIPT, "--mirror", server.url, str(self.out)], capture_output=True, text=True,
                              timeout=120, check=False, env={**os.environ, "no_proxy": "127.0.0.1"})
        self.files = real
        self.assert_all_there(done)


if __name__ == "__main__":
    SCRIPT = os.path.abspath(sys.argv.pop(1))
    unittest.main()
