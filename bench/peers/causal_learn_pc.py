#!/usr/bin/env python3
"""Times causal-learn's PC skeleton (Fisher-z, stable) and prints {tool, version, seconds, n, p, edges} as JSON.

    causal_learn_pc.py DATA [--alpha 0.01]

DATA is a CSV file with a header or a .npy file, rows are samples. The seconds are those of the search with its
correlation matrix, on one thread; reading and start-up do not count.
"""
import argparse
import importlib.metadata
import json
import os
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

try:
    import numpy as np
    from causallearn.utils.cit import CIT
    from causallearn.utils.PCUtils import SkeletonDiscovery
except ImportError as error:
    print(f"peer unavailable: {error}", file=sys.stderr)
    sys.exit(77)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("--alpha", type=float, default=0.01)
    arguments = parser.parse_args()
    if arguments.data.endswith(".npy"):
        data = np.load(arguments.data)
    else:
        data = np.loadtxt(arguments.data, delimiter=",", skiprows=1)

    start = time.perf_counter()
    found = SkeletonDiscovery.skeleton_discovery(data, arguments.alpha, CIT(data, "fisherz"), stable=True,
                                                 verbose=False, show_progress=False)
    seconds = time.perf_counter() - start

    adjacency = np.triu(found.G.graph != 0, k=1)
    json.dump({"tool": "causal-learn", "version": importlib.metadata.version("causal-learn"), "seconds": seconds,
               "n": data.shape[0], "p": data.shape[1], "edges": np.argwhere(adjacency).tolist()}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
