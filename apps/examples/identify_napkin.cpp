// The napkin graph: an effect that no adjustment set and no front door gives, but that is a function of what is seen.
#include <algorithm>
#include <cmath>
#include <iostream>

#include "causal/identify/evaluate.hpp"
#include "causal/identify/fixing.hpp"
#include "causal/identify/id.hpp"
#include "causal/identify/print.hpp"
#include "causal/identify/simplify.hpp"

using namespace causal;

namespace {

// P(W, Z, X, Y) when hidden U1 causes W and X, hidden U2 causes W and Y; every variable is 0 or 1.
struct World {
  double p1 = .4, p2 = .3;
  static double w(int u1, int u2) { return .1 + .5 * u1 + .3 * u2; }
  static double z(int w) { return .2 + .6 * w; }
  static double x(int z, int u1) { return .15 + .3 * z + .4 * u1; }
  static double y(int x, int u2) { return .1 + .35 * x + .5 * u2; }
  static double of(double one, int value) { return value == 1 ? one : 1 - one; }

  [[nodiscard]] Factor seen() const {
    Factor joint = Factor::constant({0, 1, 2, 3}, {2, 2, 2, 2}, 0.0);
    for (std::size_t cell = 0; cell < joint.size(); ++cell) {
      const std::vector<int> v = joint.assignment(cell);
      for (const int u1 : {0, 1}) {
        for (const int u2 : {0, 1}) {
          joint.at(v) += of(p1, u1) * of(p2, u2) * of(w(u1, u2), v[0]) * of(z(v[0]), v[1]) * of(x(v[1], u1), v[2]) *
                         of(y(v[2], u2), v[3]);
        }
      }
    }
    return joint;
  }
  [[nodiscard]] double truth(int x) const { return (1 - p2) * y(x, 0) + p2 * y(x, 1); }
};

}  // namespace

int main() {
  const Admg napkin(MixedGraph({"W", "Z", "X", "Y"},
                               {directed(0, 1), directed(1, 2), directed(2, 3), bidirected(0, 2), bidirected(0, 3)}));
  const std::vector<std::string>& names = napkin.graph().names();
  ExpressionPool pool;
  const IdResult result = identify(napkin, {.y = {3}, .x = {2}}, pool);
  const Identified& effect = std::get<Identified>(result);
  for (const std::string& line : derivation_text(effect.derivation, names)) std::cout << line << '\n';
  const Expression formula = simplify(effect.expression, napkin, pool);
  std::cout << "P(Y | do(X)) = " << to_text(formula, names) << "\nLaTeX: " << to_latex(formula, names) << '\n';

  const World world;
  const Evaluation evaluation = evaluate(effect, world.seen());
  const Evaluated& value = std::get<Evaluated>(evaluation);
  double worst = 0;
  for (const int x : {0, 1}) {
    const double found = value.value.slice(2, x).slice(3, 1).values()[0];
    std::cout << "P(Y=1 | do(X=" << x << ")) = " << found << ", by the hidden model " << world.truth(x) << '\n';
    worst = std::max(worst, std::abs(found - world.truth(x)));
  }
  std::cout << "picked " << names[slot(value.context[0].first)] << " = " << value.context[0].second
            << "; the value does not depend on it: " << (value.context_spread < 1e-12 ? "yes" : "no") << '\n';

  // One more arrow and it is lost; the hedge says why.
  const Admg bow(
      MixedGraph(names, {directed(0, 1), directed(1, 2), directed(2, 3), bidirected(0, 2), bidirected(2, 3)}));
  const IdResult lost = identify(bow, {.y = {3}, .x = {2}});
  const NotIdentifiable& no = std::get<NotIdentifiable>(lost);
  std::cout << derivation_text(no.derivation, names).back() << '\n';
  return worst < 1e-12 && is_hedge(bow, no.x, no.y, no.hedge) ? 0 : 1;
}
