#!/usr/bin/env python3
"""Least squares by statsmodels and instrumental variables by linearmodels, held against ours.

    statsmodels_reference.py TABLE.csv OURS.json

Columns of the table: 17 exogenous, 2 instruments, the endogenous one, the outcome. Exit code 1 when a coefficient or a
standard error differs by more than 1e-8 of its size (at least 1e-8 of a standard error for coefficients).
"""
import importlib.metadata
import json
import sys

import numpy as np
import statsmodels.api as sm
from linearmodels.iv import IV2SLS, IVLIML


def references(table):
    y, endogenous = table[:, 20], table[:, [19]]
    exogenous = sm.add_constant(table[:, :17])
    instruments = table[:, 17:19]
    found = {}
    ols = sm.OLS(y, sm.add_constant(table[:, :20])).fit()
    found["ols"] = (ols.params, ols.bse)
    found["ols_classic"] = (ols.bse, ols.bse)
    for kind in ("HC0", "HC1", "HC2", "HC3"):
        errors = getattr(ols, kind + "_se")
        found["ols_" + kind.lower()] = (errors, errors)
    model = IV2SLS(y, exogenous, endogenous, instruments)
    for name, covariance, debiased in (("classic", "unadjusted", True), ("hc0", "robust", False),
                                       ("hc1", "robust", True)):
        fit = model.fit(cov_type=covariance, debiased=debiased)
        found["2sls"] = (fit.params.values, fit.std_errors.values)
        found["2sls_" + name] = (fit.std_errors.values, fit.std_errors.values)
        if name == "classic":
            found["sargan"] = (np.array([fit.sargan.stat]), np.array([1.0]))
    # Not the robust errors of LIML: linearmodels multiplies residuals by P_Z D, we by D - kappa M_Z D, whose product with
    # the residuals is what the estimator sets to 0. The two agree in the limit only.
    liml = IVLIML(y, exogenous, endogenous, instruments).fit(cov_type="unadjusted", debiased=True)
    errors = liml.std_errors.values[-1:]
    found["liml"] = (liml.params.values[-1:], errors)
    found["liml_kappa"] = (np.array([liml.kappa]), np.array([1.0]))
    found["liml_classic"] = (errors, errors)
    return found


def main(table_path, ours_path):
    table = np.loadtxt(table_path, delimiter=",", skiprows=1)
    with open(ours_path, encoding="utf-8") as file:
        ours = json.load(file)
    worst, where = 0.0, ""
    for name, (values, scale) in references(table).items():
        difference = np.max(np.abs(np.array(ours[name]) - values) / np.maximum(np.abs(values), np.abs(scale)))
        print(f"{name:12} {difference:.1e}")
        if not difference <= worst:
            worst, where = difference, name
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("statsmodels", "linearmodels"))
    print(f"{versions}: largest relative difference {worst:.1e}, in {where}")
    passed = worst <= 1e-8
    print(f"RESULT regression_vs_statsmodels {worst:.2g} relative target <= 1e-08 {'PASS' if passed else 'FALL SHORT'}")
    return 0 if passed else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: statsmodels_reference.py TABLE.csv OURS.json")
    sys.exit(main(*sys.argv[1:]))
