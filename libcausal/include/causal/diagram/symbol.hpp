#pragma once
// Interned names: types and labels of diagrams are compared as numbers.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace causal {

/// A name that is equal to another exactly when the texts are. Interned in one table per process, which only grows;
/// making one costs a hash look-up under a lock, so hot loops make theirs beforehand. The empty name is Symbol().
/// Thread-safe. Numbers depend on the order of interning: nothing that leaves the program may.
class Symbol {
 public:
  constexpr Symbol() = default;
  Symbol(std::string_view name);                                       // NOLINT(google-explicit-constructor)
  Symbol(const std::string& name) : Symbol(std::string_view(name)) {}  // NOLINT(google-explicit-constructor)
  Symbol(const char* name) : Symbol(std::string_view(name)) {}         // NOLINT(google-explicit-constructor)

  /// Lives as long as the process.
  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] constexpr bool empty() const { return id_ == 0; }
  [[nodiscard]] constexpr std::uint32_t id() const { return id_; }
  friend constexpr bool operator==(Symbol, Symbol) = default;
  friend constexpr auto operator<=>(Symbol, Symbol) = default;

 private:
  std::uint32_t id_ = 0;
};

}  // namespace causal

template <>
struct std::hash<causal::Symbol> {
  std::size_t operator()(causal::Symbol symbol) const noexcept { return std::hash<std::uint32_t>{}(symbol.id()); }
};
