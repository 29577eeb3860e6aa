// labels: unit stat determinism
#include <cmath>
#include <cstring>

#include "causal/graph/random_graph.hpp"
#include "causal/run/error.hpp"
#include "causal/scm/intervention.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

Dag dag_of(int n, std::vector<Edge> edges) { return Dag(MixedGraph(n, std::move(edges))); }

bool same_bytes(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(double)) == 0;
}

// Z -> X -> Y, Z -> Y with a bend, a table and chance.
Scm mixed_model() {
  std::vector<MechanismPtr> mechanisms{
      std::make_shared<LinearMechanism>(std::vector<double>{}, 1.0, Noise::continuous(NoiseLaw::Laplace, 2)),
      additive_noise(
          1, [](auto pa) { return std::tanh(pa[0]); }, Noise::gaussian(0.5)),
      functional(
          2, [](auto pa, double u) { return pa[0] * pa[1] + std::exp(u); }, Noise::gaussian(0.3))};
  return {dag_of(3, {directed(0, 1), directed(0, 2), directed(1, 2)}), std::move(mechanisms)};
}

Scm discrete_model() {
  std::vector<MechanismPtr> mechanisms{
      std::make_shared<DiscreteCpt>(std::vector<int>{}, 2, std::vector<double>{0.3, 0.7}),
      std::make_shared<DiscreteCpt>(std::vector<int>{2}, 3, std::vector<double>{0.2, 0.3, 0.5, 0.6, 0.4, 0.0})};
  return {dag_of(2, {directed(0, 1)}), std::move(mechanisms), {.levels = {{"no", "yes"}, {}}}};
}

}  // namespace

TEST_CASE("samples have the same bytes at any thread count, and rows keep their values when more are drawn") {
  for (const Scm& model :
       {mixed_model(), Scm::linear(LinearSem::random(random_dag_er(12, 3, 5), {}, 5)), discrete_model()}) {
    const Eigen::MatrixXd one = model.sample_values(5000, {.threads = 1, .seed = 9});
    for (const int threads : {2, 4}) CHECK(same_bytes(one, model.sample_values(5000, {.threads = threads, .seed = 9})));
    CHECK(same_bytes(one, model.sample_values(7000, {.threads = 2, .seed = 9}).topRows(5000)));
    CHECK_FALSE(same_bytes(one, model.sample_values(5000, {.threads = 1, .seed = 10})));
  }
}

TEST_CASE("an intervention leaves the noise of every other node in its row") {
  const Scm model = mixed_model();
  const Eigen::MatrixXd before = model.sample_values(2000, {.seed = 3});
  const Eigen::MatrixXd after = intervene(model, {Hard{1, 0.25}}).sample_values(2000, {.seed = 3});
  CHECK(same_bytes(before.col(0), after.col(0)));
  CHECK((after.col(1).array() == 0.25).all());
  // y - z x is exp(u), the same u in both worlds.
  const Eigen::ArrayXd noise_before = before.col(2).array() - before.col(0).array() * before.col(1).array();
  const Eigen::ArrayXd noise_after = after.col(2).array() - after.col(0).array() * after.col(1).array();
  CHECK((noise_before - noise_after).abs().maxCoeff() < 1e-12);
}

TEST_CASE("samples of a linear model have its moments") {
  const LinearSem sem = LinearSem::random(random_dag_er(6, 3, 2), {}, 2);
  const std::int64_t n = 200'000;
  const Eigen::MatrixXd values = Scm::linear(sem).sample_values(n, {.seed = 4});
  const Eigen::MatrixXd expected = sem.covariance();
  const Eigen::VectorXd mean = values.colwise().mean();
  const Eigen::MatrixXd centred = values.rowwise() - mean.transpose();
  const Eigen::MatrixXd sample = centred.transpose() * centred / static_cast<double>(n - 1);
  for (int i = 0; i < 6; ++i) {
    // Five standard errors of a mean and of a Gaussian covariance.
    CHECK(std::abs(mean[i] - sem.mean()[i]) < 5 * std::sqrt(expected(i, i) / static_cast<double>(n)));
    for (int j = 0; j < 6; ++j) {
      const double variance = expected(i, i) * expected(j, j) + expected(i, j) * expected(i, j);
      CHECK(std::abs(sample(i, j) - expected(i, j)) < 5 * std::sqrt(variance / static_cast<double>(n)));
    }
  }
}

TEST_CASE("correlated noise appears in samples and in the closed form") {
  Eigen::MatrixXd R(2, 2);
  R << 1, 0.6, 0.6, 1;
  std::vector<MechanismPtr> mechanisms{
      std::make_shared<LinearMechanism>(std::vector<double>{}, 0.0, Noise::gaussian(2)),
      std::make_shared<LinearMechanism>(std::vector<double>{0.5}, 0.0, Noise::gaussian(3))};
  const Scm model(dag_of(2, {directed(0, 1)}), std::move(mechanisms), {.blocks = {{{0, 1}, R}}});
  const Eigen::MatrixXd covariance = model.linear_form()->covariance();
  CHECK(covariance(0, 1) == doctest::Approx(0.5 * 4 + 0.6 * 2 * 3));
  CHECK(covariance(1, 1) == doctest::Approx(0.25 * 4 + 9 + 2 * 0.5 * 0.6 * 2 * 3));
  const std::int64_t n = 100'000;
  const Eigen::MatrixXd values = model.sample_values(n, {.seed = 1});
  const double sample = (values.col(0).array() * values.col(1).array()).mean();
  const double error =
      std::sqrt((covariance(0, 0) * covariance(1, 1) + covariance(0, 1) * covariance(0, 1)) / static_cast<double>(n));
  CHECK(std::abs(sample - covariance(0, 1)) < 5 * error);
  // Cut off from its noise, node 0 tells nothing of node 1's.
  CHECK(intervene(model, {Hard{0, 1}}).linear_form()->covariance()(1, 1) == doctest::Approx(9));
}

TEST_CASE("a discrete model samples its tables, and its latent columns stay hidden") {
  const Scm model = discrete_model();
  const std::int64_t n = 100'000;
  const Dataset data = model.sample(n, {.seed = 6});
  CHECK(data.column(0).type == VariableType::Binary);
  CHECK(data.column(0).levels == std::vector<std::string>{"no", "yes"});
  double hits = 0;
  for (std::int64_t i = 0; i < n; ++i) hits += data.values()(i, 0) == 1 && data.values()(i, 1) == 0 ? 1 : 0;
  const double p = 0.7 * 0.6;
  CHECK(std::abs(hits / static_cast<double>(n) - p) < 5 * std::sqrt(p * (1 - p) / static_cast<double>(n)));
  CHECK((data.values().col(0).array() * (data.values().col(1).array() == 2).cast<double>()).sum() == 0);  // P = 0
  const Scm hidden(model.dag(), {model.mechanism_ptr(0), model.mechanism_ptr(1)}, {.latent = {0}});
  CHECK(hidden.sample(3).names() == std::vector<std::string>{"X2"});
  CHECK(hidden.observed() == NodeSet{1});
}

TEST_CASE("equations are printed as text and as LaTeX") {
  std::vector<MechanismPtr> mechanisms{
      std::make_shared<LinearMechanism>(std::vector<double>{}, 1.5, Noise::gaussian(2)),
      std::make_shared<LinearMechanism>(std::vector<double>{-0.5}, 0.0, Noise::gaussian()),
      additive_noise(
          2, [](auto pa) { return pa[0]; }, Noise::continuous(NoiseLaw::Laplace), "tanh")};
  const Scm model(Dag(MixedGraph({"x", "y_1", "z"}, {directed(0, 1), directed(0, 2), directed(1, 2)})), mechanisms);
  CHECK(model.equations() ==
        "x := 1.5 + u_x,  u_x ~ N(0, 4)\n"
        "y_1 := -0.5 x + u_y_1,  u_y_1 ~ N(0, 1)\n"
        "z := tanh(x, y_1) + u_z,  u_z ~ Laplace(mean 0, sd 1)\n");
  CHECK(model.equations(EquationStyle::Latex) ==
        "\\begin{aligned}\n"
        "x &:= 1.5 + u_{x}, & u_{x} &\\sim \\mathcal{N}(0, 4) \\\\\n"
        "\\mathrm{y\\_1} &:= -0.5\\,x + u_{\\mathrm{y\\_1}}, & u_{\\mathrm{y\\_1}} &\\sim \\mathcal{N}(0, 1) \\\\\n"
        "z &:= tanh(x, \\mathrm{y\\_1}) + u_{z}, & u_{z} &\\sim \\mathrm{Laplace(mean 0, sd 1)} \\\\\n"
        "\\end{aligned}\n");
  CHECK(discrete_model().equations() == "X1 ~ Categorical(0.3, 0.7)\nX2 ~ table(X1)\n");
}

TEST_CASE("a model refuses parts that do not fit together") {
  const Dag edge = dag_of(2, {directed(0, 1)});
  const MechanismPtr root = std::make_shared<DiscreteCpt>(std::vector<int>{}, 2, std::vector<double>{0.5, 0.5});
  const MechanismPtr linear = std::make_shared<LinearMechanism>(std::vector<double>{1}, 0.0, Noise::gaussian());
  CHECK_THROWS_AS(Scm(edge, {root}), InvalidArgument);
  CHECK_THROWS_AS(Scm(edge, {root, root}), InvalidArgument);
  CHECK_THROWS_AS(Scm(edge, {root, nullptr}), InvalidArgument);
  CHECK_THROWS_AS(Scm(edge, {root, linear}, {.levels = {{"a"}, {}}}), InvalidArgument);
  CHECK_THROWS_AS(Scm(edge, {root, linear}, {.levels = {{}, {"a", "b"}}}), InvalidArgument);
  CHECK_THROWS_AS(Scm(edge, {root, linear}, {.latent = {2}}), InvalidArgument);
  const MechanismPtr three = std::make_shared<DiscreteCpt>(std::vector<int>{3}, 1, std::vector<double>{1, 1, 1});
  CHECK_THROWS_AS(Scm(edge, {root, three}), InvalidArgument);
  Eigen::MatrixXd R(2, 2);
  R << 1, 2, 2, 1;
  CHECK_THROWS_AS(Scm(edge, {std::make_shared<LinearMechanism>(std::vector<double>{}, 0.0, Noise::gaussian()), linear},
                      {.blocks = {{{0, 1}, R}}}),
                  InvalidArgument);
  CHECK_THROWS_AS((void)discrete_model().value_of(0, "maybe"), InvalidArgument);
  CHECK_THROWS_AS((void)mixed_model().value_of(0, "1x"), InvalidArgument);
}
