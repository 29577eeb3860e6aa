#!/usr/bin/env python3
"""Kernel tests and CD-NOD: causal-learn against the causal command on the same tables, one thread each.

    causal_learn_kernel.py CAUSAL FOLDER

CAUSAL is the binary, FOLDER takes the tables. Prints one line a target as bench/result_line.hpp does. Seconds of
causal-learn are those of the call; ours are those of the whole process, start-up and reading included. Exit code 1 when
p-values of the exact forms differ by more than 1e-4.
"""
import json
import os
import subprocess
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

try:
    import numpy as np
    from causallearn.search.ConstraintBased.CDNOD import cdnod
    from causallearn.utils.cit import CIT
except ImportError as error:
    print(f"peer unavailable: {error}", file=sys.stderr)
    sys.exit(77)

TOLERANCE = 1e-4
REPEATS = 3


def result(name, value, unit, at_least):
    verdict = "PASS" if value >= at_least else "FALL SHORT"
    print(f"RESULT {name} {value:.4g} {unit} target >= {at_least:.4g} {verdict}", flush=True)


def best_seconds(call, repeats):
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        value = call()
        best = min(best, time.perf_counter() - start)
    return best, value


def write_table(path, names, table):
    np.savetxt(path, table, delimiter=",", header=",".join(names), comments="", fmt="%.17g")


def ours(causal, *words):
    run = subprocess.run([causal, *words, "--threads", "1", "--json", "--quiet"], check=True, capture_output=True)
    return json.loads(run.stdout)


def common_cause(n, seed):
    rng = np.random.default_rng(seed)
    z = rng.standard_normal(n)
    return np.column_stack([np.tanh(z) + rng.standard_normal(n), z + 0.7 * rng.standard_normal(n), z])


def compare_test(causal, folder, n, target, form):
    table = common_cause(n, n)
    path = os.path.join(folder, f"common_cause_{n}.csv")
    write_table(path, ["x", "y", "z"], table)
    peer_s, peer_p = best_seconds(lambda: CIT(table, "kci")(0, 1, [2]), REPEATS if n < 3000 else 1)
    words = ["test", path, "x", "y", "z", "--test", "kci", "--form", form]
    our_s, answer = best_seconds(lambda: ours(causal, *words), REPEATS)
    difference = abs(answer["results"][0]["p_value"] - peer_p)
    print(f"kci {form} n={n}: causal-learn {peer_s:.3f} s, ours {our_s:.4f} s, p differs by {difference:.2g}",
          file=sys.stderr)
    result(f"kci_{form}_n{n}_vs_causal_learn", peer_s / our_s, "x", target)
    return form == "exact" and not difference <= TOLERANCE


def changing_chain(columns, n, seed):
    """A chain in which every other mechanism changes smoothly with the row."""
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    table = np.empty((n, columns))
    for j in range(columns):
        noise = rng.standard_normal(n)
        drift = 1.5 * np.sin((j + 1) * t / 50) if j % 2 else 0
        table[:, j] = (0.8 * table[:, j - 1] if j else 0) + drift + 0.5 * noise
    return table


def compare_search(causal, folder, columns, n, target):
    table = changing_chain(columns, n, columns)
    path = os.path.join(folder, f"changing_chain_{columns}_{n}.csv")
    write_table(path, [f"x{j + 1}" for j in range(columns)], table)
    index = np.arange(n).reshape(-1, 1)
    peer_s, peer = best_seconds(lambda: cdnod(table, index, 0.05, "kci", show_progress=False), 1)
    words = ["discover", path, "-a", "cdnod", "--test", "kci", "--no-forces", "--no-directions"]
    our_s, graph = best_seconds(lambda: ours(causal, *words), REPEATS)
    edges = int((np.triu(peer.G.graph != 0, 1)).sum())
    print(f"cdnod {columns} columns n={n}: causal-learn {peer_s:.2f} s ({edges} edges), ours {our_s:.3f} s "
          f"({len(graph['edges'])} edges, {graph['run']['stats']['ci_tests']} tests)", file=sys.stderr)
    result(f"cdnod_p{columns}_n{n}_vs_causal_learn", peer_s / our_s, "x", target)


def main(causal, folder):
    wrong = compare_test(causal, folder, 1000, 3, "exact")
    wrong |= compare_test(causal, folder, 2000, 3, "exact")
    compare_search(causal, folder, 5, 500, 15)
    compare_search(causal, folder, 8, 1000, 15)
    compare_test(causal, folder, 5000, 300, "low_rank")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
