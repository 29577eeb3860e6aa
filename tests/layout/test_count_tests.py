#!/usr/bin/env python3
"""The closing line of a test run counts what CTest wrote, and never calls an empty or broken run a success."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

COUNT = Path(__file__).resolve().parents[2] / "tools" / "count_tests.py"
PASSED = '<testcase name="a" status="run"/>'
FAILED = '<testcase name="b" status="fail"><failure message=""/></testcase>'
SKIPPED = '<testcase name="c" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase>'
NOT_FOUND = '<testcase name="d" status="notrun"><skipped message="Unable to find executable"/></testcase>'


def count(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.xml"
        if text is not None:
            path.write_text(text, encoding="utf-8")
        result = subprocess.run([sys.executable, COUNT, path], capture_output=True, text=True, check=False)
        return result.returncode, result.stdout.splitlines()[-1]


class CountTests(unittest.TestCase):
    def test_all_passed(self):
        self.assertEqual(count(f"<testsuite>{PASSED}{PASSED}</testsuite>"), (0, "2 passed, 0 failed"))

    def test_a_failure_counts(self):
        self.assertEqual(count(f"<testsuite>{PASSED}{FAILED}</testsuite>"), (1, "1 passed, 1 failed"))

    def test_a_skipped_test_is_neither(self):
        self.assertEqual(count(f"<testsuite>{PASSED}{SKIPPED}</testsuite>"), (0, "1 passed, 0 failed, 1 skipped"))

    def test_a_test_that_could_not_start_failed(self):
        self.assertEqual(count(f"<testsuite>{PASSED}{NOT_FOUND}</testsuite>"), (1, "1 passed, 1 failed"))

    def test_no_test_and_no_file_are_failures(self):
        self.assertEqual(count("<testsuite/>"), (1, "0 passed, 1 failed"))
        self.assertEqual(count("<testsuite>"), (1, "0 passed, 1 failed"))
        self.assertEqual(count(None), (1, "0 passed, 1 failed"))


if __name__ == "__main__":
    unittest.main()
