// Least squares and two-stage least squares of 10 million rows with 20 regressors, from a mapped .npy file, both
// passes.
//
//   bench_streaming_regression [--rows N] [--folder F]      seconds; writes a file of N x 21 doubles to F, removed
//   after bench_streaming_regression --small FILE.csv FILE.json   for bench/peers/compare_regression.sh: data and our
//   answers
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/estimation/effect/iv.hpp"
#include "causal/estimation/effect/streaming_regression.hpp"
#include "causal/io/csv.hpp"
#include "causal/io/file.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"
#include "result_line.hpp"

using namespace causal;
using namespace causal::estimation;

namespace {

constexpr Eigen::Index kColumns = 21;  // 17 exogenous or instruments, 3 more, the outcome last.
constexpr std::size_t kHeader = 128;
constexpr Eigen::Index kBlock = Eigen::Index{1} << 18;

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Normal columns; column 19 depends on column 18 and on the error of the outcome, which is the last column.
Eigen::MatrixXd rows_of(Eigen::Index first, Eigen::Index count) {
  Eigen::MatrixXd rows(count, kColumns);
  RandomStream random(1, RandomDomain::Test, static_cast<std::uint32_t>(first / kBlock));
  random.fill_normal({rows.data(), static_cast<std::size_t>(rows.size())});
  rows.col(0).array() += 100;
  rows.col(1) += rows.col(0) * 0.5;
  const Eigen::VectorXd error = rows.col(20);
  rows.col(19) += rows.col(18) + 0.5 * rows.col(17) + error;
  rows.col(20) = 0.5 * rows.col(19) + rows.leftCols(17).rowwise().sum() +
                 error.cwiseProduct((1 + 0.5 * rows.col(2).array().square()).sqrt().matrix());
  return rows;
}

/// A Fortran-ordered .npy file, written column by column within blocks through a map of the offsets.
void write_npy(const std::string& path, Eigen::Index n) {
  std::ofstream file(path, std::ios::binary);
  std::string header = "{'descr': '<f8', 'fortran_order': True, 'shape': (" + std::to_string(n) + ", " +
                       std::to_string(kColumns) + "), }";
  header.resize(kHeader - 10 - 1, ' ');
  header += '\n';
  const std::string magic("\x93NUMPY\x01\x00", 8);
  const char length[2] = {static_cast<char>(header.size() % 256), static_cast<char>(header.size() / 256)};
  file << magic;
  file.write(length, 2);
  file << header;
  for (Eigen::Index first = 0; first < n; first += kBlock) {
    const Eigen::MatrixXd rows = rows_of(first, std::min(kBlock, n - first));
    for (Eigen::Index j = 0; j < kColumns; ++j) {
      file.seekp(static_cast<std::streamoff>(kHeader) + 8 * (static_cast<std::streamoff>(j) * n + first));
      file.write(reinterpret_cast<const char*>(rows.col(j).data()), 8 * rows.rows());
    }
  }
}

using Cells = Eigen::Map<const Eigen::MatrixXd>;

ScoreProducts two_passes(const Cells& cells, const StreamColumns& parts) {
  CrossProducts products(kColumns);
  for (Eigen::Index first = 0; first < cells.rows(); first += kBlock) {
    products.add(cells.middleRows(first, std::min(kBlock, cells.rows() - first)), 2);
  }
  ScoreProducts scores(fit_streamed(products, parts));
  for (Eigen::Index first = 0; first < cells.rows(); first += kBlock) {
    scores.add(cells.middleRows(first, std::min(kBlock, cells.rows() - first)), 2);
  }
  return scores;
}

StreamColumns least_squares_parts() {
  StreamColumns parts{.outcome = 20};
  for (int j = 0; j < 20; ++j) parts.exogenous.push_back(j);
  return parts;
}

StreamColumns two_stage_parts() {
  StreamColumns parts{.outcome = 20, .endogenous = {19}, .instruments = {17, 18}};
  for (int j = 0; j < 17; ++j) parts.exogenous.push_back(j);
  return parts;
}

/// Largest difference from the decomposition of the whole design, in standard errors and relative variances.
double difference_from_direct(Eigen::Index n) {
  const Eigen::MatrixXd rows = rows_of(0, n);
  const Eigen::MatrixXd design = with_intercept(rows.leftCols(20));
  const LeastSquaresFit direct = least_squares(design, rows.col(20));
  const ScoreProducts streamed = two_passes(Cells(rows.data(), n, kColumns), least_squares_parts());
  double worst = 0;
  for (const CovarianceKind kind : {CovarianceKind::Classic, CovarianceKind::Hc0, CovarianceKind::Hc3}) {
    const Eigen::MatrixXd covariance = coefficient_covariance(direct, kind, design);
    const Eigen::ArrayXd errors = covariance.diagonal().array().sqrt();
    const Eigen::ArrayXd ratio = streamed.covariance(kind).diagonal().array() / covariance.diagonal().array();
    worst = std::max(worst, (ratio - 1).abs().maxCoeff());
    worst = std::max(worst, ((streamed.coefficients() - direct.coefficients).array() / errors).abs().maxCoeff());
  }
  return worst;
}

bool time_file(Eigen::Index n, const std::string& folder) {
  const std::string path = folder + "/bench_streaming_regression.npy";
  write_npy(path, n);
  bool good = true;
  {
    const io::MappedFile file(path);
    const Cells cells(reinterpret_cast<const double*>(file.bytes().data() + kHeader), n, kColumns);
    CrossProducts touch(kColumns);  // Brings the pages in.
    for (Eigen::Index first = 0; first < n; first += kBlock) {
      touch.add(cells.middleRows(first, std::min(kBlock, n - first)), 2);
    }
    const std::string size = std::to_string(n);
    const std::clock_t clock_before = std::clock();
    const Stopwatch watch;
    const ScoreProducts ols = two_passes(cells, least_squares_parts());
    const double ols_seconds = watch.seconds();
    const double ols_cpu = static_cast<double>(std::clock() - clock_before) / CLOCKS_PER_SEC;
    const Stopwatch again;
    const ScoreProducts tsls = two_passes(cells, two_stage_parts());
    const double tsls_seconds = again.seconds();
    const double z = (tsls.coefficients()(18) - 0.5) / std::sqrt(tsls.covariance(CovarianceKind::Hc1)(18, 18));
    std::printf(
        "# least squares %.2f s (%.2f s of processor time), two-stage %.2f s, %ld rows, z of the known effect %.2f\n",
        ols_seconds, ols_cpu, tsls_seconds, static_cast<long>(n), z);
    good = bench::print_result("streaming_ols_" + size + "x20", ols_seconds, "s", true, 5) && good;
    good = bench::print_result("streaming_2sls_" + size + "x20", tsls_seconds, "s", true, 5) && good;
    good = std::abs(z) < 5 && ols.covariance(CovarianceKind::Hc3).allFinite() && good;
  }
  std::filesystem::remove(path);
  return good;
}

void write_numbers(std::ofstream& file, const char* name, const Eigen::VectorXd& values, bool last = false) {
  file << '"' << name << "\": [";
  for (Eigen::Index i = 0; i < values.size(); ++i) file << (i == 0 ? "" : ", ") << values(i);
  file << (last ? "]\n" : "],\n");
}

int write_small(const std::string& csv, const std::string& json) {
  const Eigen::MatrixXd rows = rows_of(0, 5000);
  std::ofstream table(csv);
  io::write_csv(table, Dataset::continuous(rows));
  std::ofstream file(json);
  file.precision(17);
  const Cells cells(rows.data(), rows.rows(), kColumns);
  file << "{\n";
  const ScoreProducts ols = two_passes(cells, least_squares_parts());
  write_numbers(file, "ols", ols.coefficients());
  for (const CovarianceKind kind :
       {CovarianceKind::Classic, CovarianceKind::Hc0, CovarianceKind::Hc1, CovarianceKind::Hc2, CovarianceKind::Hc3}) {
    write_numbers(file, ("ols_" + std::string(enum_name(kind))).c_str(), ols.covariance(kind).diagonal().cwiseSqrt());
  }
  const ScoreProducts tsls = two_passes(cells, two_stage_parts());
  write_numbers(file, "2sls", tsls.coefficients());
  for (const CovarianceKind kind : {CovarianceKind::Classic, CovarianceKind::Hc0, CovarianceKind::Hc1}) {
    write_numbers(file, ("2sls_" + std::string(enum_name(kind))).c_str(), tsls.covariance(kind).diagonal().cwiseSqrt());
  }
  const InstrumentalFit liml =
      instrumental_regression(rows.col(20), rows.col(19), with_intercept(rows.leftCols(17)), rows.middleCols(17, 2),
                              IvEstimator::Liml, CovarianceKind::Classic);
  write_numbers(file, "liml", liml.endogenous);
  write_numbers(file, "liml_kappa", Eigen::VectorXd::Constant(1, liml.kappa));
  write_numbers(file, "liml_classic", liml.covariance.diagonal().cwiseSqrt());
  const InstrumentalFit classic =
      instrumental_regression(rows.col(20), rows.col(19), with_intercept(rows.leftCols(17)), rows.middleCols(17, 2),
                              IvEstimator::TwoStage, CovarianceKind::Classic);
  write_numbers(file, "sargan", Eigen::VectorXd::Constant(1, classic.overidentification), true);
  file << "}\n";
  return table && file ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Eigen::Index n = 10'000'000;
  std::string folder = std::filesystem::temp_directory_path();
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], "--small") == 0 && i + 2 < argc) return write_small(argv[i + 1], argv[i + 2]);
    if (std::strcmp(argv[i], "--rows") == 0) n = std::atol(argv[i + 1]);
    if (std::strcmp(argv[i], "--folder") == 0) folder = argv[i + 1];
  }
  const double worst = difference_from_direct(200'000);
  if (!(worst < 1e-9)) {
    std::fprintf(stderr, "streamed and direct least squares differ by %.2g\n", worst);
    return 1;
  }
  return time_file(n, folder) ? 0 : 1;
}
