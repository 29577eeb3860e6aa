#!/usr/bin/env python3
"""Forests as nuisances of a doubly robust estimate on the 401(k) data: scikit-learn and EconML against ours.

    econml_forest.py BENCH_FOREST FOLDER [THREADS [TREES]]

BENCH_FOREST is the binary of bench/bench_forest.cpp, FOLDER takes the folds. All use the same folds, trees, leaf size,
columns a split and threads. scikit-learn fits what we fit: the propensity and one outcome forest an arm. EconML's
DRLearner fits the propensity and one outcome forest with the treatment as a further column. Prints one line a target
as bench/result_line.hpp does; ratios are of processor time, which other processes disturb little.
"""
import csv
import os
import subprocess
import sys
import time

threads = int(sys.argv[3]) if len(sys.argv) > 3 else 1
trees = int(sys.argv[4]) if len(sys.argv) > 4 else 500
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

try:
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.model_selection import KFold
except ImportError as error:
    print(f"peer unavailable: {error}", file=sys.stderr)
    sys.exit(77)

MIN_LEAF, COLUMNS = 5, 3
COVARIATES = ["age", "inc", "educ", "fsize", "marr", "twoearn", "db", "pira", "hown"]


def result(name, value, unit, op, target):
    passed = value >= target if op == ">=" else value <= target
    print(f"RESULT {name} {value:.4g} {unit} target {op} {target:.4g} {'PASS' if passed else 'FALL SHORT'}", flush=True)


def read_table():
    with open("data/pension401k.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    column = lambda name: np.array([float(row[name]) for row in rows])
    return np.column_stack([column(name) for name in COVARIATES]), column("e401"), column("net_tfa")


def forest(kind, seed):
    return kind(n_estimators=trees, min_samples_leaf=MIN_LEAF, max_features=COLUMNS, n_jobs=threads, random_state=seed)


def timed(call):
    wall, processor = time.perf_counter(), time.process_time()
    value = call()
    return value, time.perf_counter() - wall, time.process_time() - processor


def sklearn_nuisances(X, a, y, splits):
    e, means = np.empty(len(y)), np.empty((2, len(y)))
    for fold, (train, test) in enumerate(splits):
        e[test] = forest(RandomForestClassifier, fold).fit(X[train], a[train]).predict_proba(X[test])[:, 1]
        for arm in (0, 1):
            rows = train[a[train] == arm]
            means[arm, test] = forest(RandomForestRegressor, fold).fit(X[rows], y[rows]).predict(X[test])
    return e, means


def losses(a, y, e, means):
    p = np.clip(e, 1e-15, 1 - 1e-15)
    log_loss = -np.mean(a * np.log(p) + (1 - a) * np.log1p(-p))
    return [log_loss] + [np.mean((y - means[arm])[a == arm] ** 2) for arm in (0, 1)]


def doubly_robust(a, y, e, means):
    p = np.clip(e, 0.01, 0.99)
    score = means[1] - means[0] + a * (y - means[1]) / p - (1 - a) * (y - means[0]) / (1 - p)
    return score.mean(), score.std() / np.sqrt(len(y))


def econml(X, a, y, splits, ours_s):
    try:
        from econml.dr import LinearDRLearner
    except ImportError as error:
        print(f"EconML not loaded: {error}", file=sys.stderr)
        return
    learner = LinearDRLearner(model_regression=forest(RandomForestRegressor, 1),
                              model_propensity=forest(RandomForestClassifier, 1), cv=splits, min_propensity=0.01)
    _, wall, processor = timed(lambda: learner.fit(y, a.astype(int), W=X))
    effect = learner.ate_inference()
    print(f"EconML LinearDRLearner: {wall:.2f} s wall, {processor:.2f} s processor, "
          f"{effect.mean_point:.0f} ({effect.stderr_mean:.0f})", file=sys.stderr)
    result("forest_nuisances_vs_econml", processor / ours_s, "x", ">=", 3)


def main(binary, folder):
    X, a, y = read_table()
    splits = list(KFold(5, shuffle=True, random_state=1).split(X))
    of = np.empty(len(y), dtype=int)
    for fold, (_, test) in enumerate(splits):
        of[test] = fold
    path = os.path.join(folder, "folds.txt")
    np.savetxt(path, of, fmt="%d")
    words = [binary, path, str(trees), str(MIN_LEAF), str(COLUMNS), str(threads)]
    runs = [[float(word) for word in subprocess.run(words, check=True, capture_output=True).stdout.split()]
            for _ in range(2)]
    ours = min(runs, key=lambda run: run[1])
    (e, means), wall, processor = timed(lambda: sklearn_nuisances(X, a, y, splits))
    peer_losses = losses(a, y, e, means)
    value, error = doubly_robust(a, y, e, means)
    print(f"ours: {ours[0]:.2f} s wall, {ours[1]:.2f} s processor, losses {ours[2:5]}, {ours[5]:.0f} ({ours[6]:.0f})\n"
          f"scikit-learn: {wall:.2f} s wall, {processor:.2f} s processor, losses {[float(x) for x in peer_losses]}, "
          f"{value:.0f} ({error:.0f})", file=sys.stderr)
    result("forest_nuisances_vs_sklearn", processor / ours[1], "x", ">=", 3)
    for name, our_loss, peer_loss in zip(("propensity", "mu0", "mu1"), ours[2:5], peer_losses):
        result(f"forest_loss_{name}_vs_sklearn", our_loss / peer_loss, "x", "<=", 1.02)
    econml(X, a, y, splits, ours[1])
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
