#!/usr/bin/env python3
"""Every ```console block in docs/ and README.md shows what its commands print: they are run, and the text compared.

    test_docs_examples.py BINARY            compares
    test_docs_examples.py BINARY --update   writes what the commands print into the pages

A block holds commands, `$ causal ...` or another shell line, each followed by what it writes to standard output. Commands
run in the root of the source tree with the binary's folder first in PATH; /tmp in a block stands for a folder of the test. A backslash at the end of a line continues the command.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else ROOT / "build/dev/bin/causal"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def console_blocks(text):
    """(line number, lines) of every console block."""
    lines = text.splitlines()
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and line.strip() == "```console":
            start = number
        elif start is not None and line.strip() == "```":
            yield start, lines[start:number - 1]
            start = None


def commands_of(lines):
    """[command, expected lines] pairs."""
    pairs = []
    for line in lines:
        if line.startswith("$ "):
            pairs.append([line[2:], []])
        elif pairs and pairs[-1][0].endswith("\\"):
            pairs[-1][0] = pairs[-1][0][:-1] + line.strip()
        elif pairs:
            pairs[-1][1].append(line)
    return pairs


def output_of(command, folder):
    """What the command writes to standard output, as lines, and to standard error, as text."""
    run = subprocess.run(
        ["sh", "-c", re.sub(r"/tmp\b", folder, command)], cwd=ROOT, capture_output=True, text=True, timeout=240,
        env={**os.environ, "PATH": f"{BINARY.parent}:{os.environ['PATH']}", "COLUMNS": "120"})
    return [line.rstrip() for line in run.stdout.replace(folder, "/tmp").splitlines()], run.stderr


def refreshed(block, folder):
    """The commands of a block, each followed by what it writes now."""
    fresh = []
    for position, line in enumerate(block):
        if not (line.startswith("$ ") or (position > 0 and block[position - 1].endswith("\\"))):
            continue
        fresh.append(line)
        if not line.endswith("\\"):
            begin = max(i for i, one in enumerate(fresh) if one.startswith("$ "))
            fresh += output_of(commands_of(fresh[begin:])[0][0], folder)[0]
    return fresh


def updated(text, folder):
    """The page with the output of its commands as it is now. Blocks are run in their order: later ones read files of
    earlier ones."""
    lines = text.splitlines()
    fresh = [(start, len(block), refreshed(block, folder)) for start, block in console_blocks(text)]
    for start, length, block in reversed(fresh):
        lines[start:start + length] = block
    return "\n".join(lines) + "\n"


class DocsExamples(unittest.TestCase):
    def check_page(self, page):
        with tempfile.TemporaryDirectory() as folder:
            for start, lines in console_blocks(page.read_text(encoding="utf-8")):
                for command, expected in commands_of(lines):
                    shown, errors = output_of(command, folder)
                    with self.subTest(page=page.name, line=start, command=command):
                        self.assertEqual([line.rstrip() for line in expected], shown, errors)

    def test_there_is_something_to_check(self):
        self.assertGreater(sum(len(list(console_blocks(p.read_text(encoding="utf-8")))) for p in PAGES), 0)


for _page in PAGES:
    setattr(DocsExamples, f"test_{_page.stem.replace('-', '_')}", lambda self, page=_page: self.check_page(page))

if __name__ == "__main__":
    if "--update" in sys.argv:
        for _page in PAGES:
            with tempfile.TemporaryDirectory() as _folder:
                _text = _page.read_text(encoding="utf-8")
                if any(console_blocks(_text)):
                    _page.write_text(updated(_text, _folder), encoding="utf-8")
    else:
        unittest.main()
