#!/usr/bin/env python3
"""Tables for ppi_py and for us, and the comparison of the estimates.

    ppi_py_reference.py make FOLDER
    ppi_py_reference.py compare FOLDER CAUSAL_JSONL

`make` writes <model>_labelled.npy (outcome, prediction, covariates) and <model>_unlabelled.npy (prediction, covariates).
`compare` prints the largest difference of values and interval ends, relative to max(1, size); exit code 1 above 1e-8.
ppi_py minimises the losses of logistic and Poisson regression by L-BFGS, which stops short of 1e-8: its point is polished
by Newton steps on its own gradient before it is compared, and how far it was off is printed.
"""
import json
import sys
from unittest import mock

import numpy as np
import ppi_py
import ppi_py.ppi as reference

MODELS = ("ols", "logistic", "poisson")
LABELLED, UNLABELLED, COVARIATES = 400, 3000, 3
TOLERANCE = 1e-8
ESTIMATES = 17  # Mean and three regressions with four choices of lambda, and a quantile.


def draw(model, rows, rng):
    x = np.column_stack([np.ones(rows), rng.normal(size=(rows, COVARIATES - 1))])
    eta = x @ np.array([0.3, 0.5, -0.4])
    if model == "ols":
        y = eta + rng.normal(size=rows)
        return y, 0.4 + 0.8 * y + 0.5 * rng.normal(size=rows), x
    if model == "logistic":
        y = (rng.uniform(size=rows) < 1 / (1 + np.exp(-eta))).astype(float)
        return y, 0.1 + 0.6 * y + 0.3 * rng.uniform(size=rows), x
    y = rng.poisson(np.exp(eta)).astype(float)
    return y, 0.8 * y + rng.uniform(size=rows), x


def make(folder):
    rng = np.random.default_rng(7)
    for model in MODELS:
        y, f, x = draw(model, LABELLED, rng)
        np.save(f"{folder}/{model}_labelled.npy", np.column_stack([y, f, x]))
        _, f, x = draw(model, UNLABELLED, rng)
        np.save(f"{folder}/{model}_unlabelled.npy", np.column_stack([f, x]))


def read(folder, model):
    labelled, unlabelled = (np.load(f"{folder}/{model}_{part}.npy") for part in ("labelled", "unlabelled"))
    return labelled[:, 0], labelled[:, 1], labelled[:, 2:], unlabelled[:, 0], unlabelled[:, 1:]


POLISHED = {"moved": 0.0}


def polishing(minimize):
    """The same minimiser followed by Newton steps on the caller's gradient."""
    def run(loss, start, jac, **options):
        result = minimize(loss, start, jac=jac, **options)
        point = result.x
        for _ in range(20):
            steps = 1e-5 * np.eye(len(point))
            hessian = np.array([(jac(point + h) - jac(point - h)) / 2e-5 for h in steps])
            point = point - np.linalg.solve(hessian, jac(point))
        POLISHED["moved"] = max(POLISHED["moved"], np.max(np.abs(point - result.x)))
        result.x = point
        return result
    return run


def theirs(name, folder, lam):
    """Point estimate and 90 % interval. lam: the weight of the interval; the point is tuned by ppi_py itself."""
    model, suffix = name.split()
    tuned = suffix == "tuned"
    y, f, x, u, x_u = read(folder, model if model in MODELS else "ols")
    point_lam = None if tuned else lam
    if model == "mean":
        point = ppi_py.ppi_mean_pointestimate(y, f, u, lam=point_lam)
        interval = ppi_py.ppi_mean_ci(y, f, u, alpha=0.1, lam=point_lam)
    elif model == "quantile":
        point = reference.ppi_quantile_pointestimate(y, f, u, 0.3, exact_grid=True)
        interval = reference.ppi_quantile_ci(y, f, u, 0.3, alpha=0.1, exact_grid=True)
    else:
        estimate = getattr(reference, f"ppi_{model}_pointestimate")
        ci = getattr(reference, f"ppi_{model}_ci")
        point = estimate(x, y, f, x_u, u, lam=point_lam)
        # ppi_*_ci tunes lambda a second time around the tuned point; the interval is compared at our lambda.
        interval = ci(x, y, f, x_u, u, alpha=0.1, lam=lam)
    return [np.atleast_1d(part).astype(float) for part in (point, *interval)]


def compare(folder, answers):
    worst, compared = 0.0, 0
    with open(answers, encoding="utf-8") as file, \
            mock.patch.object(reference, "minimize", polishing(reference.minimize)):
        for ours in map(json.loads, file):
            parts = theirs(ours["name"], folder, ours["lambda"])
            differences = [np.max(np.abs(np.array(ours[key]) - part) / np.maximum(1, np.abs(part)))
                           for key, part in zip(("value", "low", "high"), parts)]
            worst = max(worst, *differences)
            compared += 1
            print(f"{ours['name']:<16} lambda {ours['lambda']:.4f}  value {differences[0]:.1e}  "
                  f"low {differences[1]:.1e}  high {differences[2]:.1e}")
    if compared != ESTIMATES:
        print(f"{compared} estimates of ours, not {ESTIMATES}")
        return 1
    print(f"largest difference {worst:.1e} (bar {TOLERANCE:g}); polishing moved ppi_py's points by up to "
          f"{POLISHED['moved']:.1e}")
    return 1 if worst > TOLERANCE else 0


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    else:
        sys.exit(compare(sys.argv[2], sys.argv[3]))
