#!/usr/bin/env python3
"""Prints the closing line of a test run, "N passed, N failed[, N skipped]", from CTest's JUnit file.

Exit code 1 when a test failed or could not run, when no test ran, or when the file cannot be read.
"""
import sys
import xml.etree.ElementTree as ElementTree


def outcome(case):
    """passed, failed or skipped. A test that CTest could not start is a failure, one that skipped itself is not."""
    status = case.get("status")
    if status == "run":
        return "passed"
    skipped = case.find("skipped")
    reason = skipped.get("message", "") if skipped is not None else ""
    asked_for = reason.startswith("SKIP_") or status == "disabled"
    return "skipped" if asked_for else "failed"


def main(path):
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        print(f"count_tests: {error}", file=sys.stderr)
        cases = []
    outcomes = [outcome(case) for case in cases]
    for case, result in zip(cases, outcomes):
        if result == "failed":
            print(f"FAILED {case.get('name')}")
    passed, failed, skipped = (outcomes.count(kind) for kind in ("passed", "failed", "skipped"))
    if passed == 0 and failed == 0:
        failed = 1
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: count_tests.py RESULTS.xml")
    sys.exit(main(sys.argv[1]))
