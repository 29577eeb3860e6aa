#!/usr/bin/env python3
"""All marginals of a BIF network by pgmpy's variable elimination, its fastest route, held against ours.

    pgmpy_marginals.py NETWORK.bif OURS.json

Prints a RESULT line: how many times the seconds of ours it took. Exit code 1 when a marginal differs by more than 1e-9. Reading the file does not count for either side.
"""
import importlib.metadata
import json
import sys
import time
import warnings

warnings.simplefilter("ignore")

from pgmpy.inference import VariableElimination  # noqa: E402
from pgmpy.readwrite import BIFReader  # noqa: E402


def by_variable_elimination(model):
    elimination = VariableElimination(model)
    return {v: elimination.query([v], show_progress=False) for v in model.nodes()}


def largest_difference(factors, ours):
    worst = 0.0
    for variable, factor in factors.items():
        for level, value in zip(factor.state_names[variable], factor.values):
            worst = max(worst, abs(float(value) - ours[variable][level]))
    return worst


def main(network_path, ours_path):
    with open(ours_path, encoding="utf-8") as file:
        document = json.load(file)
    model = BIFReader(network_path).get_model()
    for cpd in model.get_cpds():
        cpd.normalize()
    version = importlib.metadata.version("pgmpy")
    start = time.perf_counter()
    factors = by_variable_elimination(model)
    seconds = time.perf_counter() - start
    worst = largest_difference(factors, document["marginals"])
    if worst > 1e-9:
        print(f"pgmpy and ours differ by {worst}", file=sys.stderr)
        return 1
    ratio = seconds * 1e3 / document["milliseconds"]
    print(f"pgmpy {version}: {seconds:.3f} s; causal: {document['milliseconds']:.3f} ms; {len(factors)} marginals, "
          f"largest difference {worst:.1e}")
    print(f"RESULT marginals_alarm_vs_pgmpy {ratio:.0f} x target >= 10 {'PASS' if ratio >= 10 else 'FALL SHORT'}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: pgmpy_marginals.py NETWORK.bif OURS.json")
    sys.exit(main(*sys.argv[1:]))
