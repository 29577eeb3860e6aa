#!/usr/bin/env python3
"""Every data file is listed in data/README.md with the checksum it has."""
import hashlib
import re
import unittest
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data"


class DataChecksums(unittest.TestCase):
    def test_listed_and_unchanged(self):
        text = (DATA / "README.md").read_text(encoding="utf-8")
        listed = {name: digest for digest, name in re.findall(r"^([0-9a-f]{64})  (\S+)$", text, re.MULTILINE)}
        shipped = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                   for path in DATA.iterdir() if path.is_file() and path.name != "README.md"}
        self.assertEqual(listed, shipped)


if __name__ == "__main__":
    unittest.main()
