// labels: oracle golden determinism
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "causal/estimation/effect/mediation.hpp"
#include "causal/estimation/nuisance/glm.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/io/csv.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "estimation/hand_made.hpp"
#include "support/extra_data.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

namespace {

double draw(PathModelKind kind, double eta, RandomStream& random) {
  switch (kind) {
    case PathModelKind::Linear:
      return eta + random.normal();
    case PathModelKind::Probit:
      return eta + random.normal() > 0 ? 1 : 0;
    case PathModelKind::Logistic:
      return random.uniform() < 1 / (1 + std::exp(-eta)) ? 1 : 0;
    case PathModelKind::Poisson: {
      const double limit = std::exp(-std::exp(eta));
      int count = -1;
      for (double product = 1; product > limit; ++count) product *= random.uniform();
      return count;
    }
  }
  return 0;
}

EffectData sample(Eigen::Index n, std::uint32_t run, PathModelKind mediator, PathModelKind outcome,
                  Eigen::Index mediators) {
  RandomStream random(31, RandomDomain::Test, run);
  Eigen::MatrixXd M(n, mediators);
  Eigen::MatrixXd X(n, 2);
  Eigen::VectorXd a(n);
  Eigen::VectorXd y(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    X.row(i) << random.normal(), random.uniform();
    a(i) = random.uniform() < 1 / (1 + std::exp(-0.5 * X(i, 0))) ? 1 : 0;
    double eta = 0.3 * a(i) + 0.3 * X(i, 0) - 0.2;
    double common = 0.5 * random.normal();
    for (Eigen::Index k = 0; k < mediators; ++k) {
      const double shift = mediator == PathModelKind::Linear ? common : k > 0 ? 0.4 * M(i, k - 1) : 0;
      M(i, k) = draw(mediator, 0.5 * a(i) - 0.3 * X(i, 1) + shift, random);
      eta += (0.3 + 0.2 * a(i)) * M(i, k);
    }
    y(i) = draw(outcome, eta, random);
  }
  return hand_made(y, a, {.covariates = X, .mediators = M});
}

std::vector<std::pair<std::string, const Estimate*>> all_of(const MediationResult& result) {
  return {{"te", &result.te},     {"nde", &result.nde}, {"tnie", &result.tnie},
          {"tnde", &result.tnde}, {"nie", &result.nie}, {"proportion", &result.proportion}};
}

/// E[Y | x, m]: .2, .4, .3, .8 at (0,0), (1,0), (0,1), (1,1); P(M = 1 | x) = .4 and .75.
EffectData two_by_two() {
  const double outcome[2][2] = {{0.2, 0.3}, {0.4, 0.8}};
  const double mediator[2] = {0.4, 0.75};
  Eigen::MatrixXd rows(8, 4);
  Eigen::Index at = 0;
  for (int x = 0; x < 2; ++x) {
    for (int m = 0; m < 2; ++m) {
      for (int y = 0; y < 2; ++y) {
        const double pm = m == 1 ? mediator[x] : 1 - mediator[x];
        const double py = y == 1 ? outcome[x][m] : 1 - outcome[x][m];
        rows.row(at++) << x, m, y, 0.5 * pm * py;
      }
    }
  }
  return hand_made(rows.col(2), rows.col(0), {.mediators = rows.col(1), .weights = rows.col(3)});
}

void check_two_by_two(const MediationResult& result) {
  CHECK(result.nde.value == Approx(0.32).epsilon(1e-9));
  CHECK(result.nie.value == Approx(0.035).epsilon(1e-9));
  CHECK(result.te.value == Approx(0.46).epsilon(1e-9));
  CHECK(result.tnie.value == Approx(0.14).epsilon(1e-9));
  CHECK(result.tnde.value == Approx(0.425).epsilon(1e-9));
  CHECK(result.proportion.value == Approx(0.0760869565).epsilon(1e-8));
}

}  // namespace

TEST_CASE("a binary mediator with interaction, by hand") {
  check_two_by_two(mediation(two_by_two(), {.mediator_model = PathModelKind::Logistic, .interaction = true}));
  check_two_by_two(mediation(
      two_by_two(),
      {.outcome_model = PathModelKind::Probit, .mediator_model = PathModelKind::Probit, .interaction = true}));
}

TEST_CASE("the linear model with interaction in closed form, several mediators, and a dose") {
  EffectData data = sample(400, 1, PathModelKind::Linear, PathModelKind::Linear, 2);
  const Eigen::VectorXd a = data.treatment;
  const Eigen::MatrixXd M = data.mediators.values;
  Eigen::MatrixXd first(400, 4);
  first << Eigen::VectorXd::Ones(400), a, data.covariates.values;
  Eigen::MatrixXd second(400, 8);
  second << Eigen::VectorXd::Ones(400), a, M, a.asDiagonal() * M, data.covariates.values;
  const Eigen::VectorXd y = least_squares(second, data.outcome).coefficients;
  double nde = y(1);
  double nie = 0;
  double tnie = 0;
  for (Eigen::Index k = 0; k < 2; ++k) {
    const Eigen::VectorXd m = least_squares(first, M.col(k)).coefficients;
    const double untreated = m(0) + m.tail(2).dot(data.covariates.values.colwise().mean().transpose());
    nde += y(4 + k) * untreated;
    nie += y(2 + k) * m(1);
    tnie += (y(2 + k) + y(4 + k)) * m(1);
  }
  const MediationResult result = mediation(data, {.interaction = true});
  CHECK(result.nde.value == Approx(nde).epsilon(1e-10));
  CHECK(result.nie.value == Approx(nie).epsilon(1e-10));
  CHECK(result.tnie.value == Approx(tnie).epsilon(1e-10));
  data.arms.clear();
  data.arm_levels.clear();
  const MediationResult dose = mediation(data, {.interaction = true, .control_value = 0, .treated_value = 2});
  CHECK(dose.nie.value == Approx(2 * nie).epsilon(1e-10));
}

TEST_CASE("effects add up, and influence values are derivatives by the weights, for all models") {
  using enum PathModelKind;
  struct Case {
    PathModelKind mediator;
    PathModelKind outcome;
    Eigen::Index mediators;
  };
  // Not probit: its information is the expected one, which equals the derivative of the score in the limit only.
  for (const Case c :
       {Case{Linear, Linear, 2}, Case{Linear, Logistic, 2}, Case{Linear, Poisson, 1}, Case{Logistic, Linear, 2},
        Case{Logistic, Logistic, 1}, Case{Poisson, Linear, 1}, Case{Poisson, Logistic, 1}}) {
    CAPTURE(enum_name(c.mediator));
    CAPTURE(enum_name(c.outcome));
    EffectData data = sample(150, 2, c.mediator, c.outcome, c.mediators);
    data.weights = Eigen::VectorXd::Ones(150);
    const MediationOptions options{
        .outcome_model = c.outcome, .mediator_model = c.mediator, .interaction = true, .run = {}};
    const MediationResult result = mediation(data, options);
    CHECK(result.te.value == Approx(result.nde.value + result.tnie.value).epsilon(1e-12));
    CHECK(result.te.value == Approx(result.tnde.value + result.nie.value).epsilon(1e-12));
    for (Eigen::Index i = 0; i < 150; i += 37) {
      const auto at = [&](double weight) {
        EffectData moved = data;
        moved.weights(i) = weight;
        check_effect_data(moved);
        return mediation(moved, options);
      };
      const MediationResult more = at(1 + 1e-4);
      const MediationResult less = at(1 - 1e-4);
      const auto expected = all_of(result);
      for (std::size_t e = 0; e < expected.size(); ++e) {
        const double derivative = (all_of(more)[e].second->value - all_of(less)[e].second->value) / 2e-4;
        CAPTURE(expected[e].first);
        const Eigen::VectorXd& influence = expected[e].second->influence;
        CHECK(std::abs(influence(i) - 150 * derivative) < 2e-4 * influence.cwiseAbs().maxCoeff());
      }
    }
  }
}

TEST_CASE("a logistic outcome of a normal mediator, integrated on a fine grid") {
  const EffectData data = sample(200, 3, PathModelKind::Linear, PathModelKind::Logistic, 1);
  const Eigen::VectorXd a = data.treatment;
  Eigen::MatrixXd first(200, 4);
  first << Eigen::VectorXd::Ones(200), a, data.covariates.values;
  Eigen::MatrixXd second(200, 5);
  second << Eigen::VectorXd::Ones(200), a, data.mediators.values, data.covariates.values;
  const LeastSquaresFit m = least_squares(first, data.mediators.values.col(0));
  const Eigen::VectorXd y = fit_glm(second, data.outcome).coefficients;
  const double sd = std::sqrt(m.residuals.squaredNorm() / m.dof);
  const auto world = [&](double t, double from) {
    double sum = 0;
    for (Eigen::Index i = 0; i < 200; ++i) {
      const double mean = m.coefficients(0) + from * m.coefficients(1) +
                          m.coefficients.tail(2).dot(data.covariates.values.row(i).transpose());
      const double base = y(0) + t * y(1) + y.tail(2).dot(data.covariates.values.row(i).transpose());
      for (double z = -9; z <= 9; z += 0.01) {
        const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi) * 0.01;
        sum += density / (1 + std::exp(-(base + y(2) * (mean + sd * z))));
      }
    }
    return sum / 200;
  };
  const MediationResult ours = mediation(data, {.outcome_model = PathModelKind::Logistic});
  CHECK(ours.nie.value == Approx(world(0, 1) - world(0, 0)).epsilon(1e-8));
  CHECK(ours.te.value == Approx(world(1, 1) - world(0, 0)).epsilon(1e-8));
}

TEST_CASE("classic, influence and bootstrap errors agree where the model holds") {
  const EffectData data = sample(1500, 4, PathModelKind::Linear, PathModelKind::Logistic, 2);
  const auto with = [&](PathErrors errors) {
    return mediation(data, {.outcome_model = PathModelKind::Logistic,
                            .interaction = true,
                            .errors = errors,
                            .draws = 300,
                            .run = {.seed = 8}});
  };
  const MediationResult influence = with(PathErrors::Influence);
  const MediationResult classic = with(PathErrors::Classic);
  const MediationResult bootstrap = with(PathErrors::Bootstrap);
  // 300 draws: relative standard error 1 / sqrt(600) = 0.041; three of them and the second-order terms.
  for (std::size_t e = 0; e < 5; ++e) {
    CAPTURE(all_of(influence)[e].first);
    const double se = all_of(influence)[e].second->std_error;
    CHECK(all_of(classic)[e].second->std_error == Approx(se).epsilon(0.1));
    CHECK(all_of(bootstrap)[e].second->std_error == Approx(se).epsilon(0.15));
    CHECK(all_of(bootstrap)[e].second->ci_low < all_of(bootstrap)[e].second->value);
    CHECK(all_of(bootstrap)[e].second->ci_high > all_of(bootstrap)[e].second->value);
  }
}

TEST_CASE("levels of a treatment that are not compared have coefficients of their own") {
  EffectData data = sample(300, 5, PathModelKind::Linear, PathModelKind::Linear, 1);
  EffectData more = data;
  const Eigen::VectorXd extra = Eigen::VectorXd::LinSpaced(60, 5, 9);
  const auto stack = [](const Eigen::MatrixXd& top, const Eigen::MatrixXd& bottom) {
    Eigen::MatrixXd both(top.rows() + bottom.rows(), top.cols());
    both << top, bottom;
    return both;
  };
  more = hand_made(stack(data.outcome, extra), stack(data.treatment, Eigen::VectorXd::Constant(60, 2)),
                   {.covariates = Eigen::MatrixXd(360, 0), .mediators = stack(data.mediators.values, extra.reverse())});
  more.treated = 1;
  const MediationResult three = mediation(more);
  data.covariates = named(Eigen::MatrixXd(300, 0), "x");
  // One slope of the mediator for all levels, so only the effect on the mediator stays exactly what it was.
  Eigen::MatrixXd first(300, 2);
  first << Eigen::VectorXd::Ones(300), data.treatment;
  const double a = least_squares(first, data.mediators.values.col(0)).coefficients(1);
  Eigen::MatrixXd second(360, 4);
  second << Eigen::VectorXd::Ones(360), more.arm_indicator(1), more.arm_indicator(2), more.mediators.values;
  CHECK(three.nie.value == Approx(a * least_squares(second, more.outcome).coefficients(3)).epsilon(1e-10));
}

TEST_CASE("published mediation analyses") {
  const std::optional<std::string> jobs_file = test::extra_data("estimation/restricted/jobs.csv");
  const std::optional<std::string> framing_file = test::extra_data("estimation/restricted/framing.csv");
  if (!jobs_file || !framing_file) return;
  // Computed in R with lm() and glm(), and Sobel's formula.
  const Dataset jobs = io::read_csv(*jobs_file).data;
  const EffectData data = effect_data(jobs, {.outcome = "depress2",
                                             .treatment = "treat",
                                             .covariates = {"econ_hard", "sex", "age"},
                                             .mediators = {"job_seek"}});
  const MediationResult linear = mediation(data, {.errors = PathErrors::Classic});
  CHECK(linear.nie.value == Approx(-0.01574464503).epsilon(1e-6));
  CHECK(linear.nde.value == Approx(-0.0402647).epsilon(1e-6));
  CHECK(linear.nie.std_error == Approx(0.01248915557).epsilon(1e-6));
  const Dataset framing =
      io::read_csv(*framing_file, {.types = {{"emo", VariableType::Continuous}, {"income", VariableType::Continuous}}})
          .data;
  const EffectData messages = effect_data(framing, {.outcome = "cong_mesg",
                                                    .treatment = "treat",
                                                    .covariates = {"age", "educ", "gender", "income"},
                                                    .mediators = {"emo"}});
  const MediationResult probit = mediation(messages, {.outcome_model = PathModelKind::Probit});
  CHECK(probit.nie.value == Approx(0.08411795902).epsilon(1e-6));
  CHECK(probit.tnie.value == Approx(0.08514871073).epsilon(1e-6));
  CHECK(probit.nde.value == Approx(0.01156223079).epsilon(1e-6));
  CHECK(probit.tnde.value == Approx(0.0125929825).epsilon(1e-6));
  CHECK(probit.te.value == Approx(0.09671094152).epsilon(1e-6));
}

TEST_CASE("wrong calls are refused, and a total effect of 0 has no shares") {
  EffectData data = sample(100, 6, PathModelKind::Linear, PathModelKind::Linear, 1);
  CHECK_THROWS_WITH_AS(static_cast<void>(mediation(data, {.outcome_model = PathModelKind::Logistic})),
                       doctest::Contains("takes 0 and 1"), DataError);
  CHECK_THROWS_WITH_AS(static_cast<void>(mediation(data, {.mediator_model = PathModelKind::Poisson})),
                       doctest::Contains("'m1' is"), DataError);
  CHECK_THROWS_AS(static_cast<void>(mediation(data, {.draws = 5})), InvalidArgument);
  EffectData many = data;
  many.mediators = named(Eigen::MatrixXd::Ones(100, 11), "m");
  CHECK_THROWS_WITH_AS(static_cast<void>(mediation(many, {.mediator_model = PathModelKind::Logistic})),
                       doctest::Contains("too many joint values"), DataError);
  EffectData without = data;
  without.mediators = named(Eigen::MatrixXd(100, 0), "m");
  CHECK_THROWS_WITH_AS(static_cast<void>(mediation(without)), doctest::Contains("mediator"), DataError);
  EffectData flat = data;
  flat.outcome.setConstant(3);
  check_effect_data(flat);
  const MediationResult nothing = mediation(flat);
  CHECK(nothing.te.value == Approx(0).epsilon(1e-12));
  CHECK(nothing.proportion.status == Status::Degenerate);
}

TEST_CASE("the same bits with 1, 2 and 4 threads") {
  const EffectData data = sample(200, 7, PathModelKind::Logistic, PathModelKind::Linear, 2);
  const auto run = [&](int threads) {
    return mediation(data, {.mediator_model = PathModelKind::Logistic,
                            .errors = PathErrors::Bootstrap,
                            .draws = 40,
                            .run = {.threads = threads, .seed = 1}});
  };
  const MediationResult one = run(1);
  for (const int threads : {2, 4}) {
    const MediationResult other = run(threads);
    for (std::size_t e = 0; e < 6; ++e) {
      CHECK(all_of(one)[e].second->value == all_of(other)[e].second->value);
      CHECK(all_of(one)[e].second->ci_high == all_of(other)[e].second->ci_high);
    }
  }
}
