// labels: unit
// Columns of a question: parts, terms, checks.
#include <cmath>
#include <string>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/nuisances.hpp"
#include "causal/io/csv.hpp"
#include "causal/run/error.hpp"
#include "support/confounded_data.hpp"
//
#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

namespace {

Dataset table() {
  return io::parse_csv(
             "y,a,age,race,w,e,site,label\n"
             "1.5,0,30,1,1,0.5,10,u\n"
             "2.5,1,40,2,2,0.25,10,v\n"
             "3.5,1,50,3,3,0.5,20,u\n"
             "0.5,0,60,1,0,0.75,20,v\n"
             "9.5,1,70,2,4,0.5,30,w\n",
             {.types = {{"age", VariableType::Continuous},
                        {"race", VariableType::Discrete},
                        {"y", VariableType::Continuous},
                        {"w", VariableType::Continuous},
                        {"e", VariableType::Continuous},
                        {"site", VariableType::Discrete}}})
      .data;
}

/// The message of the error that taking these columns throws; empty when it does not.
template <class ErrorType = Error>
std::string refusal(const EffectColumns& columns, const Dataset& data = table()) {
  try {
    static_cast<void>(effect_data(data, columns));
  } catch (const ErrorType& error) {
    return error.what();
  }
  return {};
}

bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("terms: columns, indicators, powers, products") {
  const EffectData data =
      effect_data(table(), {.outcome = "y", .treatment = "a", .covariates = {"age", "race", "age^2", "race:age"}});
  const std::vector<std::string> names{"age", "race=2", "race=3", "age^2", "race=2:age", "race=3:age"};
  CHECK(data.covariates.names == names);
  CHECK(data.covariates.values.row(1) == (Eigen::RowVectorXd(6) << 40, 1, 0, 1600, 40, 0).finished());
  CHECK(data.covariates.values.row(2) == (Eigen::RowVectorXd(6) << 50, 0, 1, 2500, 0, 50).finished());
  CHECK(data.arms == std::vector<int>{0, 1, 1, 0, 1});
  CHECK(data.arm_levels == std::vector<std::string>{"0", "1"});
  CHECK(data.outcome(4) == 9.5);
  CHECK(!data.outcome_is_binary);
}

TEST_CASE("weights have mean 1, clusters are numbered, propensities are kept") {
  const EffectData data =
      effect_data(table(), {.outcome = "y", .treatment = "a", .cluster = "site", .propensity = "e", .weights = "w"});
  CHECK(data.weights == (Eigen::VectorXd(5) << 0.5, 1, 1.5, 0, 2).finished());
  CHECK(data.clusters == std::vector<int>{0, 0, 1, 1, 2});
  CHECK(data.known_propensity(1) == 0.25);
}

TEST_CASE("levels that are compared") {
  const Dataset data = table();
  const EffectData pair = effect_data(data, {.outcome = "y", .treatment = "race", .treated = "3", .control = "2"});
  CHECK(pair.treated == 2);
  CHECK(pair.control == 1);
  CHECK(pair.treatment(2) == 3);
  CHECK(mentions(refusal<InvalidArgument>({.outcome = "y", .treatment = "race", .treated = "4"}), "no level '4'"));
  CHECK(mentions(refusal<InvalidArgument>({.outcome = "y", .treatment = "age", .treated = "4"}), "continuous"));
}

TEST_CASE("wrong calls name what is wrong") {
  CHECK(mentions(refusal<InvalidArgument>({.outcome = "z", .treatment = "a"}), "z"));
  CHECK(mentions(refusal<InvalidArgument>({.outcome = "y", .treatment = "a", .covariates = {"agee"}}), "age"));
  CHECK(mentions(refusal<InvalidArgument>({.outcome = "a", .treatment = "a"}), "outcome and as treatment"));
  CHECK(mentions(refusal<InvalidArgument>({.outcome = "y", .treatment = "a", .covariates = {"y"}}), "covariate"));
  CHECK(mentions(refusal<InvalidArgument>({.outcome = "y", .treatment = "a", .covariates = {"age", "age"}}), "twice"));
  CHECK(mentions(refusal<InvalidArgument>({.outcome = "y", .treatment = "a", .covariates = {"age^1"}}), "power"));
  CHECK(mentions(refusal<DataError>({.outcome = "label", .treatment = "a"}), "'u'"));
}

TEST_CASE("missing cells: outcomes may, others may not") {
  Eigen::MatrixXd values(4, 3);
  values << 1, 0, 2, std::nan(""), 1, 3, 2, 0, std::nan(""), 5, 1, 7;
  const Dataset data(values, {{"y"}, {"a", VariableType::Binary, {"0", "1"}}, {"x"}});
  CHECK(effect_data(data, {.outcome = "y", .treatment = "a"}).missing_outcomes == 1);
  const std::string refused = refusal<DataError>({.outcome = "y", .treatment = "a", .covariates = {"x"}}, data);
  CHECK(mentions(refused, "'x' has 1 missing cells (first: row 3)"));
}

TEST_CASE("data that leave nothing to compare") {
  EffectData good = test::confounded_data(50, 1);
  const auto broken = [&](auto&& change) {
    EffectData data = good;
    change(data);
    try {
      check_effect_data(data);
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(mentions(broken([](EffectData& d) { d.arms.assign(50, 0); }), "no row has a = 1"));
  CHECK(mentions(broken([](EffectData& d) { d.weights = Eigen::VectorXd::Zero(50); }), "all weights are zero"));
  CHECK(mentions(broken([](EffectData& d) {
                   d.weights = Eigen::VectorXd::Ones(50);
                   d.weights(2) = -1;
                 }),
                 "row 3"));
  CHECK(mentions(broken([](EffectData& d) { d.weights = d.treatment; }), "a = 0 has weight 0"));
  CHECK(mentions(broken([](EffectData& d) {
                   for (Eigen::Index i = 0; i < 50; ++i) {
                     if (d.treatment(i) > 0) d.outcome(i) = std::nan("");
                   }
                 }),
                 "no row with a = 1 has an outcome"));
  CHECK(mentions(broken([](EffectData& d) { d.outcome.setConstant(std::nan("")); }), "missing in every row"));
  CHECK(mentions(broken([](EffectData& d) { d.known_propensity = Eigen::VectorXd::Ones(50); }), "row 1"));
  CHECK(mentions(broken([](EffectData& d) { d.covariates.values(4, 1) = INFINITY; }), "'x2'"));
  CHECK(mentions(broken([](EffectData& d) {
                   d.arms.clear();
                   d.treatment.setConstant(2);
                 }),
                 "same value"));
  good.weights = Eigen::VectorXd::Ones(49);
  CHECK_THROWS_AS(check_effect_data(good), InvalidArgument);
}

TEST_CASE("nuisances: out of fold, named when columns are aliased, summing to one") {
  EffectData data = test::confounded_data(200, 2);
  const Nuisances two = fit_nuisances(data, {}, {});
  CHECK((two.propensity_treated + two.propensity_control - Eigen::VectorXd::Ones(200)).norm() < 1e-12);
  CHECK(two.propensity_loss > 0);
  CHECK(two.outcome_loss > 0);
  CHECK(two.warnings.empty());
  // Another outcome of row 0 does not move its own prediction.
  EffectData moved = data;
  moved.outcome(0) += 100;
  const Nuisances again = fit_nuisances(moved, {}, {});
  CHECK(again.outcome_treated(0) == two.outcome_treated(0));
  CHECK(again.outcome_control(0) == two.outcome_control(0));
  CHECK((again.outcome_treated - two.outcome_treated).norm() + (again.outcome_control - two.outcome_control).norm() >
        1);

  data.covariates.values.conservativeResize(Eigen::NoChange, 3);
  data.covariates.values.col(2) = data.covariates.values.col(0) * 2;
  data.covariates.names.emplace_back("double");
  const Nuisances aliased = fit_nuisances(data, {}, {});
  REQUIRE(!aliased.warnings.empty());
  CHECK(mentions(aliased.warnings.back(), "1 of 3 covariates are linear functions of others: 'double'"));
  CHECK((aliased.propensity_treated - two.propensity_treated).norm() < 1e-8);
}

TEST_CASE("a learner of one's own") {
  const EffectData data = test::confounded_data(100, 3);
  const std::unique_ptr<Learner> half = function_learner(
      "half", [](const Eigen::MatrixXd&, const Eigen::VectorXd&, const Eigen::VectorXd&, const FitContext&) {
        return [](const Eigen::MatrixXd& X) { return Eigen::VectorXd(Eigen::VectorXd::Constant(X.rows(), 0.5)); };
      });
  const Nuisances nuisances = fit_nuisances(data, *half, *half, {}, {});
  CHECK((nuisances.propensity_treated.array() == 0.5).all());
  CHECK((nuisances.outcome_control.array() == 0.5).all());
}
