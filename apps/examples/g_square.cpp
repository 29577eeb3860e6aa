// Tests independence in a table of counts: smoking, tar in the lungs and cancer of 1,000 imaginary patients.

#include <array>
#include <cstdio>
#include <vector>

#include "causal/discovery/ci/g_square.hpp"

int main() {
  using namespace causal;
  using namespace causal::discovery;

  struct Group {
    int smoking, tar, cancer, patients;
  };
  constexpr std::array<Group, 8> kGroups = {{{1, 1, 1, 500},
                                             {1, 1, 0, 100},
                                             {1, 0, 1, 10},
                                             {1, 0, 0, 20},
                                             {0, 1, 1, 100},
                                             {0, 1, 0, 50},
                                             {0, 0, 1, 20},
                                             {0, 0, 0, 200}}};
  Eigen::MatrixXd values(1000, 3);
  Eigen::Index row = 0;
  for (const Group& group : kGroups) {
    for (int k = 0; k < group.patients; ++k) {
      values.row(row++) << group.smoking, group.tar, group.cancer;
    }
  }
  const std::vector<std::string> levels = {"no", "yes"};
  const Dataset data(values, {{"smoking", VariableType::Binary, levels},
                              {"tar", VariableType::Binary, levels},
                              {"cancer", VariableType::Binary, levels}});

  const GSquare test(data);
  const auto print = [&](const char* question, NodeId x, NodeId y, const std::vector<NodeId>& given) {
    const CiResult result = test.test(x, y, given);
    std::printf("%-28s G2 = %7.3f   df = %.0f   p = %.3g\n", question, result.statistic, result.dof, result.p_value);
  };
  print("smoking _|_ cancer", 0, 2, {});
  print("smoking _|_ cancer | tar", 0, 2, {1});
  print("smoking _|_ tar | cancer", 0, 1, {2});
}
