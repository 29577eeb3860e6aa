// labels: unit oracle golden
#include <cmath>

#include "causal/estimation/sensitivity/e_value.hpp"
#include "causal/run/error.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

namespace {

/// Largest risk ratio that a binary confounder with these two risk ratios can fake: Ding and VanderWeele's bound.
double most_bias(double treatment, double outcome) { return treatment * outcome / (treatment + outcome - 1); }

}  // namespace

// 3.9 and 1.8 are worked examples of the paper; the third computed in R 4.x with base functions.
TEST_CASE("e-value: published values") {
  CHECK(e_value(EffectScale::RiskRatio, 3.9).point == Approx(7.263034344).epsilon(1e-9));
  CHECK(e_value(EffectScale::RiskRatio, 1.8).point == Approx(3).epsilon(1e-12));
  CHECK(e_value(EffectScale::RiskRatio, 0.8).point == Approx(1.809016994).epsilon(1e-9));
}

TEST_CASE("e-value: a confounder of that strength just explains the risk ratio") {
  for (const double ratio : {1.01, 1.3, 2.0, 5.0, 20.0}) {
    const double e = e_value(EffectScale::RiskRatio, ratio).point;
    CHECK(most_bias(e, e) == Approx(ratio).epsilon(1e-12));
    CHECK(most_bias(e * 0.99, e * 0.99) < ratio);
    CHECK(e_value(EffectScale::RiskRatio, 1 / ratio).point == Approx(e).epsilon(1e-12));
  }
  CHECK(e_value(EffectScale::RiskRatio, 1).point == 1);
}

TEST_CASE("e-value: the interval's nearer end decides, and nothing is needed when it holds 1") {
  const EValue harmful = e_value(EffectScale::RiskRatio, 3.9, 1.8, 8.7);
  CHECK(harmful.limit == Approx(3).epsilon(1e-12));
  const EValue protective = e_value(EffectScale::RiskRatio, 0.8, 0.71, 0.91);
  CHECK(protective.limit == Approx(1 / 0.91 + std::sqrt(1 / 0.91 * (1 / 0.91 - 1))).epsilon(1e-12));
  CHECK(e_value(EffectScale::RiskRatio, 1.2, 0.9, 1.6).limit == 1);
  CHECK(std::isnan(e_value(EffectScale::RiskRatio, 1.2).limit));
}

TEST_CASE("e-value: other scales become risk ratios first") {
  CHECK(e_value(EffectScale::OddsRatioRare, 2.5).point == e_value(EffectScale::RiskRatio, 2.5).point);
  CHECK(e_value(EffectScale::HazardRatioRare, 2.5).point == e_value(EffectScale::RiskRatio, 2.5).point);
  CHECK(e_value(EffectScale::OddsRatioCommon, 4).risk_ratio == Approx(2).epsilon(1e-12));
  const double hazard = e_value(EffectScale::HazardRatioCommon, 0.56).risk_ratio;
  CHECK(hazard ==
        Approx((1 - std::pow(0.5, std::sqrt(0.56))) / (1 - std::pow(0.5, 1 / std::sqrt(0.56)))).epsilon(1e-12));
  CHECK(e_value(EffectScale::HazardRatioCommon, 1 / 0.56).risk_ratio == Approx(1 / hazard).epsilon(1e-12));
  const EValue mean = e_value_of_difference(0.5, 0.25);
  CHECK(mean.risk_ratio == Approx(std::exp(0.455)).epsilon(1e-12));
  CHECK(mean.risk_ratio_low == Approx(std::exp(0.455 - 0.445)).epsilon(1e-12));
  CHECK(mean.limit == Approx(e_value(EffectScale::RiskRatio, std::exp(0.01)).point).epsilon(1e-12));
  CHECK(e_value(EffectScale::MeanDifference, -0.5).point == Approx(mean.point).epsilon(1e-12));
}

TEST_CASE("e-value: wrong input") {
  CHECK_THROWS_AS(static_cast<void>(e_value(EffectScale::RiskRatio, 0)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(e_value(EffectScale::OddsRatioCommon, -2)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(e_value(EffectScale::RiskRatio, 2, 2.5, 3)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(e_value(EffectScale::RiskRatio, 2, 1.5)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(e_value_of_difference(1, -1)), InvalidArgument);
}
