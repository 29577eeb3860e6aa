#pragma once
// Reading and writing the members of a debiaser file, with errors that name the member.

#include <Eigen/Core>
#include <string_view>

#include "causal/io/json.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

inline constexpr std::string_view kDebiaserSchema = "causal.debiaser/1";

[[nodiscard]] io::Json vector_json(const Eigen::Ref<const Eigen::VectorXd>& values);
[[nodiscard]] io::Json matrix_json(const Eigen::Ref<const Eigen::MatrixXd>& values);

/// A finite number in `range`. Errors: DataError naming the member.
[[nodiscard]] double read_number(const io::Json& json, std::string_view key, Range range = {});
[[nodiscard]] std::int64_t read_integer(const io::Json& json, std::string_view key, Range range = {});
[[nodiscard]] bool read_flag(const io::Json& json, std::string_view key);
/// Finite numbers in `range`; `size` of them, or any number from 1 to 2^20 for size < 0.
[[nodiscard]] Eigen::VectorXd read_vector(const io::Json& json, std::string_view key, Eigen::Index size = -1,
                                          Range range = {});
[[nodiscard]] Eigen::MatrixXd read_matrix(const io::Json& json, std::string_view key, Eigen::Index rows);
[[nodiscard]] const io::Json& read_object(const io::Json& json, std::string_view key);

/// A file that contradicts itself. `what`: "the edges lie outside the table".
[[noreturn]] void refuse_file(std::string_view what);

}  // namespace causal::estimation
